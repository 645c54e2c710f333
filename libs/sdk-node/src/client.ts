import { GatewaySocket, type SocketOptions } from './gateway-socket.js';
import type { Health, Reply, Status, Usage } from './contract.gen.js';
import { type CallOptions, type ClientOptions, settingsOf } from './options.js';
import type { RunStream } from './run-stream.js';
import { Audit } from './resources/audit.js';
import { Config } from './resources/config.js';
import { Conversations } from './resources/conversations.js';
import { Files } from './resources/files.js';
import { Logs } from './resources/logs.js';
import { Memory } from './resources/memory.js';
import { type MessageInput, Messages, type SendOptions } from './resources/messages.js';
import { Schedules } from './resources/schedules.js';
import { Skills } from './resources/skills.js';
import { Tokens } from './resources/tokens.js';
import { type ApiRequest, pathOf, Transport } from './transport.js';

/** What spending is asked for. Times are RFC 3339, or a date. */
export interface UsageQuery {
  readonly from?: string;
  readonly to?: string;
  readonly group_by?: 'day' | 'model' | 'token' | 'person' | 'conversation';
  readonly person?: string;
}

/**
 * A gateway, as one token sees it.
 *
 * @example
 * const client = new OpenClawClient({ baseUrl: 'http://127.0.0.1:18789', token: process.env.GATEWAY_AUTH_TOKEN });
 * const response = await client.message('What is the weather tomorrow?');
 * console.log(response.content);
 */
export class OpenClawClient {
  readonly messages: Messages;
  readonly conversations: Conversations;
  readonly memory: Memory;
  readonly files: Files;
  readonly tokens: Tokens;
  readonly schedules: Schedules;
  readonly skills: Skills;
  readonly config: Config;
  readonly logs: Logs;
  readonly audit: Audit;
  readonly #transport: Transport;

  constructor(options: ClientOptions = {}) {
    this.#transport = new Transport(settingsOf(options));
    this.messages = new Messages(this.#transport);
    this.conversations = new Conversations(this.#transport);
    this.memory = new Memory(this.#transport);
    this.files = new Files(this.#transport);
    this.tokens = new Tokens(this.#transport);
    this.schedules = new Schedules(this.#transport);
    this.skills = new Skills(this.#transport);
    this.config = new Config(this.#transport);
    this.logs = new Logs(this.#transport);
    this.audit = new Audit(this.#transport);
  }

  /** Asks, and waits for the whole reply: `(await client.message('…')).content`. */
  async message(input: string | MessageInput, options?: SendOptions): Promise<Reply> {
    return this.messages.create(input, options);
  }

  /**
   * Asks, and gives what happens as it happens.
   *
   * @example
   * const stream = client.messageStream('Write a poem');
   * for await (const event of stream) if (event.type === 'token') process.stdout.write(event.content);
   * const { tokens } = await stream.reply();
   */
  messageStream(input: string | MessageInput, options?: SendOptions): RunStream {
    return this.messages.stream(input, options);
  }

  /** A WebSocket that lets itself in, comes back after a break, and goes on where it was. */
  async connect(options?: SocketOptions): Promise<GatewaySocket> {
    return GatewaySocket.open(this.#transport, options);
  }

  /** How the gateway and what it needs are; one that is not well is an answer too (`status: "degraded"`), not an error. */
  async health(options?: CallOptions): Promise<Health> {
    const { settings } = this.#transport;
    const once = new Transport({ ...settings, fetch: async (...request) => asOk(await settings.fetch(...request)) });
    return once.json({ method: 'GET', path: pathOf('health'), repeatable: true }, options);
  }

  async status(options?: CallOptions): Promise<Status> {
    return this.request({ method: 'GET', path: pathOf('status') }, options);
  }

  /** Tokens and cost by `group_by`: day, model, token, person or conversation. */
  async usage(query: UsageQuery = {}, options?: CallOptions): Promise<Usage> {
    return this.request({ method: 'GET', path: pathOf('usage'), query: { ...query } }, options);
  }

  /** Any route, also one that this version knows nothing of. @returns the reply's JSON */
  async request<Result>(
    request: Omit<ApiRequest, 'repeatable'> & { readonly repeatable?: boolean },
    options?: CallOptions,
  ): Promise<Result> {
    return this.#transport.json<Result>({ repeatable: request.method !== 'POST', ...request }, options);
  }
}

/** 503 of /health carries the health. */
async function asOk(response: Response): Promise<Response> {
  if (response.status !== 503) return response;
  const text = await response.text();
  return new Response(text, { status: text.includes('"degraded"') ? 200 : 503, headers: response.headers });
}
