/**
 * request ─► declared too large? refused ─► raw │ form ─► begins ─► bytes as they come, no further than they are asked for ─► whole
 *
 * Protects: of a file no more is in this process than one piece and what a socket holds; whoever stands still is let go of, and
 * what breaks off is never taken for whole.
 */
import type { IncomingMessage } from 'node:http';
import { Fault } from '@openclaw/errors';
import type { IncomingFile } from '@openclaw/feature';
import type { FastifyReply } from 'fastify';
import type { ClientMemory } from './client-memory.js';
import { openForm } from './read-form.js';

export interface UploadOptions {
  readonly memory: ClientMemory;
  /** Aborts with the Fault that says why when the sender's token has ended: then nothing more of the file is taken. */
  readonly ended: AbortSignal;
  /** How long the client may send nothing while it is waited for. */
  readonly stallMs: number;
}

/** What the frame of a form takes beside its file, at most: delimiters, headers, fields. */
const FORM_BYTES_MAX = 65_536;

/** The file that a request brings. @param bytesMax the largest that is taken @throws as {@link HandlerRequest.file} */
export async function openUpload(reply: FastifyReply, bytesMax: number, options: UploadOptions): Promise<IncomingFile> {
  const request = reply.request.raw;
  const { headers } = request;
  const declaredType = headers['content-type'];
  const isForm = /^multipart\/form-data\b/i.test(declaredType ?? '');
  const declared = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : null;
  const bodyMax = isForm ? bytesMax + FORM_BYTES_MAX : bytesMax;
  if (declared !== null && declared > bodyMax) throw tooLarge(bytesMax);
  sendContinue(reply);
  const left = new AbortController();
  const chunks = bounded(bodyOf(request, { ...options, left: left.signal }), bodyMax, () => tooLarge(bytesMax));
  const source = isForm ? await openForm(request, chunks, left) : { name: undefined, declaredType, chunks };
  return {
    get name() {
      return source.name;
    },
    declaredType: source.declaredType,
    bytesMax: declared,
    pieces: (bytes) =>
      piecesOf(
        bounded(source.chunks, bytesMax, () => tooLarge(bytesMax)),
        bytes,
        reply,
        options.memory,
      ),
  };
}

/** RFC 9110, 10.1.1: only now, so that whoever is refused has sent nothing. */
export function sendContinue({ raw, request }: FastifyReply): void {
  if (request.headers.expect?.toLowerCase() === '100-continue' && request.raw.httpVersion !== '1.0') raw.writeContinue();
}

function tooLarge(bytesMax: number): Fault {
  return new Fault('payload_too_large', `The file is over the limit of ${String(bytesMax)} bytes, gateway.limits.file_bytes.`, {
    details: { limit: bytesMax },
  });
}

/** The body as it arrives. Where its reader stops it is left as it is: the rest may yet be drained for the client to read the reply. */
async function* bodyOf(request: IncomingMessage, patience: Patience): AsyncGenerator<Buffer> {
  while (!patience.left.aborted) {
    patience.ended.throwIfAborted();
    const chunk = request.read() as Buffer | null; // no encoding is set
    if (chunk !== null) yield chunk;
    else if (request.readableEnded) return;
    else if (request.destroyed) throw brokenOff();
    else await arrival(request, patience);
  }
}

interface Patience extends Pick<UploadOptions, 'stallMs' | 'ended'> {
  /** Aborts where nobody wants the rest. */
  readonly left: AbortSignal;
}

/** Resolves when there is something to read, the end is reached either way, or nobody waits for it any more. */
async function arrival(request: IncomingMessage, { stallMs, left, ended }: Patience): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const heard = (): void => {
    resolve(undefined);
  };
  const events = ['readable', 'end', 'close', 'error'] as const;
  for (const event of events) request.on(event, heard);
  for (const signal of [left, ended]) signal.addEventListener('abort', heard);
  const timer = setTimeout(() => {
    reject(new Fault('timeout', `Nothing of the file arrived for ${String(stallMs / 1000)} seconds. Send it again.`));
  }, stallMs);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    for (const event of events) request.off(event, heard);
    for (const signal of [left, ended]) signal.removeEventListener('abort', heard);
  }
}

function brokenOff(): Fault {
  return new Fault('bad_request', 'The file broke off before its end. Send it again.');
}

async function* bounded(chunks: AsyncIterable<Buffer>, bytesMax: number, beyond: () => Fault): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw beyond();
    yield chunk;
  }
}

/** What has come of a piece counts as the client's, who is to complete it: one that stands still is the first to go. */
async function* piecesOf(chunks: AsyncIterable<Buffer>, size: number, reply: FastifyReply, memory: ClientMemory): AsyncGenerator<Buffer> {
  const share = memory.open(() => reply.raw.destroy());
  let held: Buffer[] = [];
  let missing = size;
  try {
    for await (const chunk of chunks) {
      share.pend(chunk.byteLength);
      let rest = chunk;
      while (rest.byteLength >= missing) {
        yield Buffer.concat([...held, rest.subarray(0, missing)], size);
        share.pend(-size);
        rest = rest.subarray(missing);
        [held, missing] = [[], size];
      }
      held.push(rest);
      missing -= rest.byteLength;
    }
    if (missing < size) yield Buffer.concat(held);
  } finally {
    share.close();
  }
}
