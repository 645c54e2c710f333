import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { nastyText, pick } from './nasty-texts.js';
import { seededRandom } from './seeded-random.js';

/** An OpenAI-compatible provider whose replies, tool names and arguments are nasty, the same for the same seeds. */
export interface NastyModelServer {
  /** Variables that make it the primary provider. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** To this one, asked by whoever has nothing to do with all that, it answers as one does. */
export const CALM_QUESTION = 'how are you today?';
const TOOLS = ['remember', 'recall', 'current_time', 'no_such_tool'];
const REPLY_CHARACTERS_MAX = 100_000;
const PIECES_MAX = 200;

export async function startNastyModelServer(seed: number): Promise<NastyModelServer> {
  const random = seededRandom(seed);
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const { messages } = JSON.parse(body) as { messages: readonly { role: string; content: unknown }[] }; // the worker's own request
      if (JSON.stringify(messages.at(-1)?.content).includes(CALM_QUESTION)) sayCalmly(response);
      else if (messages.at(-1)?.role !== 'tool' && random() < 0.5) callTools(response, random);
      else sayPieces(response, random);
      response.end('data: [DONE]\n\n');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    env: {
      OPENCLAW_PROVIDERS__PRIMARY__TYPE: 'openai-compatible',
      OPENCLAW_PROVIDERS__PRIMARY__MODEL: 'nasty',
      OPENCLAW_PROVIDERS__PRIMARY__BASE_URL: `http://127.0.0.1:${String(port)}/v1`,
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function sayPieces(response: ServerResponse, random: () => number): void {
  const reply = nastyText(random, REPLY_CHARACTERS_MAX);
  const size = Math.ceil(reply.length / Math.ceil(random() * PIECES_MAX));
  for (let at = 0; at < reply.length; at += size) say(response, { delta: { content: reply.slice(at, at + size) }, finish_reason: null });
  say(response, { delta: {}, finish_reason: pick(random, ['stop', 'length']) });
}

function sayCalmly(response: ServerResponse): void {
  say(response, { delta: { content: 'Well, thank you.' }, finish_reason: null });
  say(response, { delta: {}, finish_reason: 'stop' });
}

function callTools(response: ServerResponse, random: () => number): void {
  const calls = Array.from({ length: pick(random, [1, 1, 2, 20]) }, (_, index) => {
    const words = nastyText(random, REPLY_CHARACTERS_MAX);
    const name = random() < 0.9 ? pick(random, TOOLS) : nastyText(random, 1000);
    const field = pick(random, ['content', 'query', 'time_zone', nastyText(random, 100)]);
    return {
      index,
      id: `call_${String(index)}`,
      type: 'function',
      function: { name, arguments: random() < 0.8 ? JSON.stringify({ [field]: words }) : words },
    };
  });
  for (const call of calls) say(response, { delta: { tool_calls: [call] }, finish_reason: null });
  say(response, { delta: {}, finish_reason: 'tool_calls' });
}

function say(response: ServerResponse, choice: object): void {
  response.write(
    `data: ${JSON.stringify({ id: 'chunk', object: 'chat.completion.chunk', created: 0, model: 'nasty', choices: [{ index: 0, ...choice }] })}\n\n`,
  );
}
