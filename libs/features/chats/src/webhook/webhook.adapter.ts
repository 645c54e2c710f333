/**
 * Replies as signed requests to the addresses of the configuration. What comes in is taken by gateways, at POST /channels/webhook/:name.
 */
import { once } from 'node:events';
import { OutgoingAgents, type OutgoingProxies, toProxies } from '@openclaw/net';
import type { Config } from '@openclaw/words';
import { type Dispatcher, request } from 'undici';
import type { ChannelDefinition, ChannelHost, DeliverySubject, OpenChannel, Piece, Sending } from '../channel.types.js';
import { ChannelFault } from '../channel-fault.js';
import { sign } from './standard-webhooks.js';

/** What of the configuration it is made of. */
interface WebhookSettings {
  readonly endpoints: Config['channels']['webhook'];
  readonly proxies: OutgoingProxies;
}

/** A program says for itself what is too old: ten years are never over. */
export const AGE_MS_MAX = 315_360_000_000;

const CONNECT_MS = 5000;
const ANSWER_MS = 20_000;
const RETRY_AFTER_SECONDS_MAX = 86_400;
const RETRY_AFTER_SECONDS = 60;

/** Programs that talk to the agent by signed requests. */
export const webhookChannel: ChannelDefinition = {
  type: 'webhook',
  capabilities: { canEdit: false, canStream: false, canButton: false, canFile: false, canTell: true, maxLength: 1_000_000, format: 'json' },
  configured: ({ channels, proxy }) => {
    const endpoints = Object.fromEntries(Object.entries(channels.webhook).filter(([, { enabled }]) => enabled));
    if (Object.keys(endpoints).length === 0) return null;
    const settings = { endpoints, proxies: toProxies(proxy) };
    return { shape: settings, open: (host) => Promise.resolve(new WebhookChannel(settings, host)) };
  },
  rulesOf: () => ({ maxAgeMs: AGE_MS_MAX, allowed: [] }),
};

/** The name of the endpoint that a chat belongs to. */
export function endpointOf(chat: string): string {
  return chat.split('/', 1)[0] ?? '';
}

class WebhookChannel implements OpenChannel {
  readonly #settings: WebhookSettings;
  readonly #host: ChannelHost;
  readonly #agents: OutgoingAgents;
  /** Those that said that they want nothing more. */
  readonly #gone = new Set<string>();

  constructor(settings: WebhookSettings, host: ChannelHost) {
    this.#settings = settings;
    this.#host = host;
    this.#agents = new OutgoingAgents({ connectMs: CONNECT_MS, proxies: settings.proxies });
  }

  async hear(signal: AbortSignal): Promise<void> {
    await this.#host.connected({ endpoints: Object.keys(this.#settings.endpoints) });
    if (!signal.aborted) await once(signal, 'abort');
  }

  split(text: string, subject: DeliverySubject): readonly Piece[] {
    const { id, conversationId, isFailure } = subject;
    const said = isFailure ? { type: 'message.failed', error: text } : { type: 'message.reply', content: text };
    const body = JSON.stringify({ ...said, id, ...(conversationId === null ? {} : { conversation_id: conversationId }) });
    return [{ text: body, plain: body }];
  }

  async send({ key, chat, piece, replyTo, signal }: Sending): Promise<null> {
    const name = endpointOf(chat);
    const endpoint = this.#settings.endpoints[name];
    if (!endpoint) throw new ChannelFault('refused', `There is no channels.webhook.${name} any more.`);
    if (endpoint.url === undefined) return null;
    if (this.#gone.has(name)) throw new ChannelFault('refused', goneSentence(name));
    const said = JSON.parse(piece.text) as object; // made by `split`
    const body = JSON.stringify({
      ...said,
      chat: chat.slice(name.length + 1) || null,
      in_reply_to: replyTo,
      timestamp: new Date().toISOString(),
    });
    const timestamp = Math.floor(Date.now() / 1000);
    const response = await this.#post(
      endpoint.url,
      body,
      {
        'content-type': 'application/json',
        'webhook-id': key,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': sign([endpoint.secret, endpoint.previous_secret], { id: key, timestamp, body }),
      },
      signal,
    );
    await response.body.dump();
    this.#judge(name, response);
    return null;
  }

  async close(): Promise<void> {
    await this.#agents.close();
  }

  async #post(url: string, body: string, headers: Record<string, string>, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      return await request(url, {
        method: 'POST',
        body,
        headers,
        dispatcher: this.#agents.for(url),
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      });
    } catch (thrown) {
      if (!Error.isError(thrown)) throw thrown;
      throw new ChannelFault('away', 'The address of a webhook does not answer.', { cause: thrown });
    }
  }

  #judge(name: string, { statusCode, headers }: Dispatcher.ResponseData): void {
    if (statusCode >= 200 && statusCode < 300) return;
    if (statusCode === 410) {
      this.#gone.add(name);
      void this.#host.warn(goneSentence(name));
      throw new ChannelFault('refused', goneSentence(name));
    }
    if (statusCode === 429 || statusCode === 503)
      throw new ChannelFault('rest', `channels.webhook.${name} asks to wait.`, { restMs: restOf(headers['retry-after']) });
    if (statusCode >= 300 && statusCode < 400) {
      throw new ChannelFault(
        'away',
        `The address of channels.webhook.${name} answers with a redirection, which is not followed. Configure the address that it leads to.`,
      );
    }
    throw new ChannelFault('away', `The address of channels.webhook.${name} answers ${String(statusCode)}.`);
  }
}

function goneSentence(name: string): string {
  return `The address of channels.webhook.${name} answers 410 Gone: it wants no more. Configure another url, or remove it.`;
}

/** Seconds or a date, never negative; a minute where it says nothing. */
function restOf(header: string | readonly string[] | undefined): number {
  const text = typeof header === 'string' ? header.trim() : '';
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Math.min(RETRY_AFTER_SECONDS_MAX, Math.max(0, Number.isNaN(seconds) ? RETRY_AFTER_SECONDS : seconds)) * 1000;
}
