import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';

/**
 * What the model does with a question is written in it:
 *
 *     remember <fact>     calls the tool `remember` first, under an id that no other call has
 *     slowly <n>          says n pieces, one every PIECE_MS
 *     hold                says nothing until `release()`, for ever where nobody calls it
 *     stall               says one piece, then nothing any more
 *
 * and otherwise it answers `you said: <question>` in a few pieces. Its list of models it gives to every key but `a-refused-key` (401) and
 * `a-key-on-a-bad-day` (503).
 */
export interface ModelServer {
  /** Variables that make it the primary provider. */
  readonly env: Readonly<Record<string, string>>;
  /** Requests so far that held a question with this text. */
  asked(text: string): number;
  /** Lets everything that holds go on, from now on. */
  release(): void;
  close(): Promise<void>;
}

export const PIECE_MS = 50;
const PIECES = 4;

const requestSchema = z.object({ messages: z.array(z.object({ role: z.string(), content: z.unknown() })) });
type Turn = { readonly call: string } | { readonly pieces: readonly string[]; readonly manner: 'normal' | 'hold' | 'stall' };

/** An OpenAI-compatible server that streams, on a port of its own. */
export async function startModelServer(): Promise<ModelServer> {
  const questions: string[] = [];
  const released = Promise.withResolvers<undefined>();
  let calls = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { question, hasResult } = await readQuestion(request);
    questions.push(question);
    const turn = turnFor(question, hasResult);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if ('call' in turn) {
      calls += 1;
      sayCall(response, `call_${String(calls)}`, turn.call);
    } else {
      if (turn.manner === 'hold') await released.promise;
      await sayPieces(response, turn.pieces);
      if (turn.manner === 'stall') return;
      say(response, { delta: {}, finish_reason: 'stop' });
    }
    response.end('data: [DONE]\n\n');
  };
  const listModels = (request: IncomingMessage, response: ServerResponse): void => {
    const status = { 'Bearer a-refused-key': 401, 'Bearer a-key-on-a-bad-day': 503 }[request.headers.authorization ?? ''] ?? 200;
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"data":[]}');
  };
  const server = createServer((request, response) => {
    if (request.method === 'GET') listModels(request, response);
    else void answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    env: {
      OPENCLAW_PROVIDERS__PRIMARY__TYPE: 'openai-compatible',
      OPENCLAW_PROVIDERS__PRIMARY__MODEL: 'chaos',
      OPENCLAW_PROVIDERS__PRIMARY__BASE_URL: `http://127.0.0.1:${String(port)}/v1`,
    },
    asked: (text) => questions.filter((question) => question === text).length,
    release: () => {
      released.resolve(undefined);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What the model says to a question, all pieces together. */
export function replyTo(question: string): string {
  const turn = turnFor(question, true);
  return 'pieces' in turn ? turn.pieces.join('') : '';
}

/** A summary is asked for with its messages as one question, the first of them the user's. */
function turnFor(asked: string, hasResult: boolean): Turn {
  const question = asked.replace(/^user: /, '');
  const fact = /^remember (.*)$/.exec(question)?.[1];
  if (fact !== undefined && !hasResult) return { call: fact };
  const count = Number(/^slowly (\d+)/.exec(question)?.[1] ?? PIECES);
  const pieces = Array.from({ length: count }, (_, index) => (index === 0 ? `you said: ${question}` : ` and ${String(index)}`));
  if (question.startsWith('stall')) return { pieces: pieces.slice(0, 1), manner: 'stall' };
  return { pieces, manner: question.startsWith('hold') ? 'hold' : 'normal' };
}

async function readQuestion(request: IncomingMessage): Promise<{ question: string; hasResult: boolean }> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  const { messages } = requestSchema.parse(JSON.parse(body));
  const last = messages.findLastIndex(({ role }) => role === 'user');
  // Behind the question stands the note that tells when it was sent.
  const [question = ''] = textOf(messages[last]?.content).split('\n\n[Sent on ', 1);
  return { question, hasResult: messages.slice(last).some(({ role }) => role === 'tool') };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = z.array(z.object({ text: z.string() })).safeParse(content);
  return parts.data?.map(({ text }) => text).join('') ?? '';
}

async function sayPieces(response: ServerResponse, pieces: readonly string[]): Promise<void> {
  for (const content of pieces) {
    if (response.destroyed) return;
    say(response, { delta: { content }, finish_reason: null });
    await new Promise((resolve) => setTimeout(resolve, PIECE_MS));
  }
}

function sayCall(response: ServerResponse, id: string, fact: string): void {
  const call = { index: 0, id, type: 'function', function: { name: 'remember', arguments: JSON.stringify({ content: fact }) } };
  say(response, { delta: { tool_calls: [call] }, finish_reason: null });
  say(response, { delta: {}, finish_reason: 'tool_calls' });
}

function say(response: ServerResponse, choice: object): void {
  const chunk = { id: 'chunk', object: 'chat.completion.chunk', created: 0, model: 'chaos', choices: [{ index: 0, ...choice }] };
  response.write(`data: ${JSON.stringify(chunk)}\n\n`);
}
