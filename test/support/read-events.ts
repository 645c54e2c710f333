import { type RunEvent, runEventSchema } from '@openclaw/words';

/** Reads an SSE response event by event, checking the framing as it goes. */
export async function* readEvents(response: Response): AsyncGenerator<RunEvent> {
  if (!response.body) throw new Error('the response has no body');
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) yield event;
    }
  }
}

function parseBlock(block: string): RunEvent | null {
  const match = /^id: (\d+)\ndata: (.*)$/.exec(block);
  if (!match) {
    if (block.startsWith(':')) return null;
    throw new Error(`not an event: ${block}`);
  }
  const event = runEventSchema.parse(JSON.parse(match[2] ?? ''));
  if (event.seq !== Number(match[1])) throw new Error(`id ${String(match[1])} of an event with seq ${String(event.seq)}`);
  return event;
}
