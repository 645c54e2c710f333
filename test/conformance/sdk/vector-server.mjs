/**
 * Plays the server's side of the vectors in vectors.mjs: `/<vector>/<path of the API>` is answered by the vector's next exchange. What came
 * is
 * told at `/<vector>/seen`; `DELETE /all/seen` forgets it. Both SDKs run against it, so that what one must do the other must do.
 *
 * `node test/conformance/sdk/vector-server.mjs` prints its address as one line of JSON, and serves until it is ended.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { VECTORS } from './vectors.mjs';

/** @returns {Promise<{ url: string, close: () => Promise<void> }>} */
export async function serveVectors() {
  const seen = new Map(VECTORS.map(({ name }) => [name, []]));
  const server = createServer((request, response) => void answer(request, response, seen));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(request, response, seen) {
  const [, name, ...rest] = request.url.split('/');
  if (request.method === 'DELETE' && rest[0] === 'seen') for (const all of seen.values()) all.length = 0;
  const vector = VECTORS.find((known) => known.name === name);
  const came = seen.get(name);
  if (rest[0] === 'seen') return void response.end(JSON.stringify(came ?? []));
  const body = Buffer.concat(await request.toArray()).toString();
  const { authorization, 'idempotency-key': key = null, 'last-event-id': after = null, accept } = request.headers;
  came.push({
    method: request.method,
    path: `/${rest.join('/')}`,
    authorization,
    key,
    after,
    accept,
    body: body === '' ? null : JSON.parse(body),
  });
  const exchange = vector.exchanges[came.length - 1] ?? {
    status: 599,
    body: `exchange ${came.length} was not expected: ${request.method} ${request.url}`,
  };
  await play(exchange, response);
}

/** Headers, then each piece of the body in a turn of its own, then the end or a broken connection. */
async function play({ status = 200, headers = {}, pieces, cut = false, ...content }, response) {
  if (cut === 'before') return void response.destroy();
  const [type, text] = contentOf(content);
  response.writeHead(status, { 'content-type': type, ...headers });
  const bytes = Buffer.from(text);
  const size = pieces === 'bytes' ? 1 : Math.max(1, bytes.length);
  for (let at = 0; at < bytes.length; at += size) {
    response.write(bytes.subarray(at, at + size));
    await setImmediate();
  }
  if (cut) response.destroy();
  else response.end();
}

function contentOf({ json, events, body = '' }) {
  if (json) return ['application/json', JSON.stringify(json)];
  return events ? ['text/event-stream', events.map(eventText).join('')] : ['text/html', body];
}

function eventText(event) {
  return typeof event === 'string' ? event : `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { url } = await serveVectors();
  console.log(JSON.stringify({ url }));
}
