/**
 * An OpenAI-compatible model: LOAD_TOKENS tokens to what begins with "Speak", three to anything else, one every LOAD_TOKEN_MS milliseconds.
 */
import { createServer } from 'node:http';
import { clearInterval, setInterval } from 'node:timers';

const { LOAD_TOKENS = '500', LOAD_TOKEN_MS = '50' } = process.env;
const PORT = 8080;
const SHORT = 3;
const chunk = (choice) =>
  `data: ${JSON.stringify({ id: 'chunk', object: 'chat.completion.chunk', created: 0, model: 'load', choices: [{ index: 0, ...choice }] })}\n\n`;
const END = `${chunk({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`;

createServer((request, response) => {
  const chunks = [];
  request
    .on('data', (data) => chunks.push(data))
    .on('end', () => {
      if (request.method !== 'POST') return void response.end();
      const { messages } = JSON.parse(Buffer.concat(chunks).toString());
      const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
      const asked = typeof content === 'string' ? content : (content.find(({ type }) => type === 'text')?.text ?? '');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      speak(response, asked.startsWith('Speak') ? Number(LOAD_TOKENS) : SHORT);
    });
}).listen(PORT);

function speak(response, tokens) {
  let said = 0;
  const timer = setInterval(() => {
    said += 1;
    response.write(chunk({ delta: { content: `${said} ` }, finish_reason: null }));
    if (said < tokens) return;
    clearInterval(timer);
    response.end(END);
  }, Number(LOAD_TOKEN_MS));
  response.on('close', () => clearInterval(timer));
}
