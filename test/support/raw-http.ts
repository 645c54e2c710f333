import { once } from 'node:events';
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { TEST_TOKEN } from './test-system.js';

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  /** Over the gateway token; `host` may be anything here. */
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request that `fetch` would not send: any Host, any Origin, any method, any path. */
export async function rawRequest(url: string, { method = 'GET', path, headers = {}, body, agent }: RawRequest): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  const outgoing = request({
    hostname,
    port,
    method,
    path,
    agent: agent ?? false,
    headers: { authorization: `Bearer ${TEST_TOKEN}`, ...headers },
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]; // node:http's own event
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** A bare connection to the gateway. */
export async function rawSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined); // resets are what some tests are about; they look at what was received
  await once(socket, 'connect');
  return socket;
}

/** Writes bytes and reads until the gateway closes the connection. */
export async function rawExchange(url: string, bytes: string): Promise<RawResponse> {
  const socket = await rawSocket(url);
  socket.write(bytes);
  return parseResponse(await text(socket));
}

/** The one response in what was received. */
export function parseResponse(received: string): RawResponse {
  const [head = '', ...rest] = received.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}
