import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestGateway } from './test-system.js';

/** A request as it came. */
export interface ReceivedWebhook {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface HookAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A program behind a webhook: it keeps what it is sent, and answers as it is told. */
export interface WebhookServer {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** The next replies to that message are answered so, one each; then with 204, as all others. */
  answerWith(inReplyTo: string, ...answers: readonly HookAnswer[]): void;
  close(): Promise<void>;
}

/** Listens on a free port of loopback. */
export async function startWebhookServer(): Promise<WebhookServer> {
  const received: ReceivedWebhook[] = [];
  const answers = new Map<string, HookAnswer[]>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body = JSON.parse(text) as Record<string, unknown>; // our own adapter made it
      received.push({ headers: request.headers, text, body });
      const { status, headers } = answers.get(String(body['in_reply_to']))?.shift() ?? { status: 204, headers: {} };
      response.writeHead(status, headers).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`, // it listens on a port
    received,
    answerWith: (inReplyTo, ...more) => answers.set(inReplyTo, [...more]),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Sends a signed request. @param message `body` as it is signed and sent */
export async function sendSigned(
  gateway: TestGateway,
  name: string,
  message: { readonly id: string; readonly body: string; readonly secret: string; readonly timestamp?: number },
): Promise<Response> {
  const { id, body, secret, timestamp = Math.floor(Date.now() / 1000) } = message;
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatureOf(secret, { id, timestamp, body }),
    'content-type': 'application/json',
  };
  return fetch(`${gateway.url}/api/v1/channels/webhook/${name}`, { method: 'POST', headers, body });
}

/** By the letter of Standard Webhooks, beside the product's own. */
export function signatureOf(
  secret: string,
  { id, timestamp, body }: { readonly id: string; readonly timestamp: number | string; readonly body: string },
): string {
  const key = Buffer.from(secret.startsWith('whsec_') ? secret.slice(6) : secret, 'base64');
  return `v1,${createHmac('sha256', key)
    .update(`${id}.${String(timestamp)}.${body}`)
    .digest('base64')}`;
}
