/** How fast tokens travel the whole path: provider ─► worker ─► Redis ─► gateway ─► client. */
import { Agent, request } from 'node:http';

/** One reader per stream. @returns tokens per second over all streams, from the first byte asked for to the last `end` */
export async function readStreams(target, { streams, tokens }) {
  const agent = new Agent({ keepAlive: true, maxSockets: streams });
  const startedAt = performance.now();
  const texts = await Promise.all(Array.from({ length: streams }, () => readStream(agent, target)));
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  const received = texts.reduce((sum, text) => sum + text.trim().split(' ').length, 0);
  if (received !== streams * tokens) throw new Error(`${received} tokens arrived of ${streams * tokens}`);
  return received / seconds;
}

function readStream(agent, { url, headers }) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const body = JSON.stringify({ channel: 'api', message: 'Speak.' });
  const sent = request(`${url}/api/v1/message`, {
    method: 'POST',
    agent,
    headers: { ...headers, accept: 'text/event-stream', 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  sent.on('error', reject);
  sent.on('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    response.on('error', reject);
    response.on('end', () => {
      const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data));
      const end = events.at(-1);
      if (end?.type !== 'end') reject(new Error(`the stream ended with ${JSON.stringify(end)}`));
      else
        resolve(
          events
            .filter(({ type }) => type === 'token')
            .map(({ content }) => content)
            .join(''),
        );
    });
  });
  sent.end(body);
  return promise;
}
