import { createParser } from 'eventsource-parser';

/** One event of a stream, as it came. */
export interface ServerEvent {
  readonly id: string | null;
  readonly data: string;
}

/** Nothing, not even a comment, for this long: the connection is dead. The gateway writes every 15 s. */
const SILENCE_MS = 45_000;

/**
 * Bytes ─► events. An event that is not whole when the bytes end is not handed out: who resumes gets it. Cancels the body when it is
 * left early, and ends when nothing has come for 45 s.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  const waiting: ServerEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, data }) => {
      waiting.push({ id: id ?? null, data });
    },
  });
  const decoder = new TextDecoder(); // takes a byte order mark away, whole or in pieces, and keeps what is split
  const reader = body.getReader();
  const cancel = (): void => {
    reader.cancel().catch(() => undefined);
  }; // it is over in any case
  let silence = setTimeout(cancel, SILENCE_MS);
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      clearTimeout(silence);
      silence = setTimeout(cancel, SILENCE_MS);
      parser.feed(decoder.decode(read.value, { stream: true }));
      yield* waiting.splice(0);
    }
  } finally {
    clearTimeout(silence);
    cancel();
  }
}
