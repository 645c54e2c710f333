/** A closed loop of clients: each sends its next message when it has the reply to the last one. */
import { Agent, request } from 'node:http';

/**
 * @param target `url`, `headers`
 * @param shape `clients`, `durationMs`, `bodyOf(client, turn)` makes the body to send
 * @returns every latency in milliseconds, and replies per second
 */
export async function applyLoad(target, { clients, durationMs, bodyOf }) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const latencies = [];
  const startedAt = performance.now();
  const runClient = async (client) => {
    for (let turn = 0; performance.now() - startedAt < durationMs; turn += 1) {
      const sentAt = performance.now();
      await post(agent, target, bodyOf(client, turn));
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => runClient(client)));
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  return { latencies, perSecond: latencies.length / seconds };
}

/** @returns the reply; rejects on any status but 200 and 201 */
export function post(agent, { url, headers }, body, path = '/api/v1/message') {
  const { promise, resolve, reject } = Promise.withResolvers();
  const text = JSON.stringify(body);
  const sent = request(`${url}${path}`, {
    method: 'POST',
    agent,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
  });
  sent.on('error', reject);
  sent.on('response', (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const reply = Buffer.concat(chunks).toString();
      if (response.statusCode === 200 || response.statusCode === 201) resolve(JSON.parse(reply));
      else reject(new Error(`${response.statusCode}: ${reply}`));
    });
  });
  sent.end(text);
  return promise;
}
