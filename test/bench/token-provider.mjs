/** An OpenAI-compatible provider that says `TOKENS` tokens as fast as they are taken, each in a chunk of its own. */
import { createServer } from 'node:http';
import { setImmediate } from 'node:timers';

const { TOKENS, PROVIDER_PORT } = process.env;
const frame = (choice) =>
  `data: ${JSON.stringify({ id: 'chunk', object: 'chat.completion.chunk', created: 0, model: 'bench', choices: [{ index: 0, ...choice }] })}\n\n`;
const TOKEN = frame({ delta: { content: 'word ' }, finish_reason: null });
const END = `${frame({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`;
/** Chunks between two turns of the event loop: a provider's own writes come in pieces too. */
const CHUNKS_PER_WRITE = 10;

createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    say(response, Number(TOKENS));
  });
}).listen(Number(PROVIDER_PORT), '127.0.0.1');

function say(response, left) {
  if (left <= 0) {
    response.end(END);
    return;
  }
  const count = Math.min(left, CHUNKS_PER_WRITE);
  const next = () => say(response, left - count);
  if (response.write(TOKEN.repeat(count))) setImmediate(next);
  else response.once('drain', next);
}
