import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Something the bot asked of the server. */
export interface BotCall {
  readonly method: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What the server answered. */
  readonly status: number;
}

/** A message of the bot as a chat has it. */
export interface BotMessage {
  readonly id: number;
  readonly chat: number;
  readonly thread: number | null;
  readonly replyTo: number | null;
  /** As a reader sees it, without tags. */
  text: string;
  /** As it was sent. */
  source: string;
  edits: number;
}

export interface Answer {
  readonly status: number;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** The Bot API as it is documented, on loopback: what it refuses there it refuses here. */
export interface TelegramServer {
  readonly url: string;
  readonly token: string;
  readonly calls: readonly BotCall[];
  readonly messages: readonly BotMessage[];
  /** Hands an update to whoever polls; gives it its number. @returns its number */
  push(update: object): number;
  /** A text message in a private chat. @returns the message's id */
  says(text: string, fields?: Readonly<Record<string, unknown>>): number;
  /** The next calls of that method are answered so, one each. */
  answerWith(method: string, ...answers: readonly Answer[]): void;
  /** From now on calls of that method are never answered. */
  silence(method: string): void;
  /** The other way round, with all connections of before closed. */
  speak(): void;
  setToken(token: string): void;
  close(): Promise<void>;
}

export const ANNA = { id: 1001, is_bot: false, first_name: 'Anna' };
const BOT = {
  id: 4242,
  is_bot: true,
  first_name: 'Claw',
  username: 'OurBot',
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
};
const TAGS = ['b', 'i', 's', 'u', 'code', 'pre', 'a', 'blockquote'];
const UNITS_MAX = 4096;

/** @param offset how long a poll is kept open at most; tests do not wait half a minute */
export async function startTelegramServer(pollMsMax = 300): Promise<TelegramServer> {
  const state = new BotState(pollMsMax);
  const server = createServer((request, response) => void state.serve(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, // it listens on a port
    get token() {
      return state.token;
    },
    calls: state.calls,
    messages: state.messages,
    push: (update) => state.push(update),
    says: (text, fields) => state.says(text, fields),
    answerWith: (method, ...answers) => {
      state.answers.set(method, [...answers]);
    },
    silence: (method) => {
      state.silent.add(method);
    },
    speak: () => {
      state.silent.clear();
      server.closeAllConnections();
    },
    setToken: (token) => {
      state.token = token;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Answered = Answer | { readonly status: 200; readonly result: unknown };

class BotState {
  token = '4242:secret-token-of-a-bot';
  readonly calls: BotCall[] = [];
  readonly messages: BotMessage[] = [];
  readonly answers = new Map<string, Answer[]>();
  readonly silent = new Set<string>();
  readonly #pollMsMax: number;
  #updates: { update_id: number }[] = [];
  #nextUpdate = 9000;
  #nextMessage = 500;
  #arrived = Promise.withResolvers<undefined>();

  constructor(pollMsMax: number) {
    this.#pollMsMax = pollMsMax;
  }

  push(update: object): number {
    this.#nextUpdate += 1;
    this.#updates.push({ update_id: this.#nextUpdate, ...update });
    this.#arrived.resolve(undefined);
    this.#arrived = Promise.withResolvers<undefined>();
    return this.#nextUpdate;
  }

  says(text: string, fields: Readonly<Record<string, unknown>> = {}): number {
    this.#nextMessage += 1;
    const message = {
      message_id: this.#nextMessage,
      from: ANNA,
      chat: { id: ANNA.id, type: 'private' },
      date: Math.floor(Date.now() / 1000),
      text,
      ...fields,
    };
    this.push({ message });
    return this.#nextMessage;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
    const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    // our own adapter made it
    const body = chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
    if (this.silent.has(method)) return;
    const answer = token === this.token ? await this.#answer(method, body) : { status: 401, description: 'Unauthorized' };
    const { status } = answer;
    this.calls.push({ method, body, status });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        'result' in answer
          ? { ok: true, result: answer.result }
          : { ok: false, error_code: status, description: answer.description, parameters: answer.parameters },
      ),
    );
  }

  async #answer(method: string, body: Readonly<Record<string, unknown>>): Promise<Answer | { status: 200; result: unknown }> {
    const told = this.answers.get(method)?.shift();
    if (told) return told;
    const methods: Readonly<Record<string, () => Answered | Promise<Answered>>> = {
      getMe: () => ({ status: 200, result: BOT }),
      deleteWebhook: () => ({ status: 200, result: true }),
      getUpdates: async () => ({ status: 200, result: await this.#poll(Number(body['offset'] ?? 0), Number(body['timeout'] ?? 0)) }),
      sendMessage: () => this.#send(body),
      editMessageText: () => this.#edit(body),
      sendMessageDraft: () =>
        Number(body['chat_id']) < 0 ? refuse('method is available only in private chats') : { status: 200, result: true },
    };
    return (await methods[method]?.()) ?? { status: 404, description: 'Not Found: method not found' };
  }

  async #poll(offset: number, timeoutSeconds: number): Promise<object[]> {
    this.#updates = this.#updates.filter(({ update_id: id }) => id >= offset);
    if (this.#updates.length === 0 && timeoutSeconds > 0) {
      await Promise.race([this.#arrived.promise, new Promise((resolve) => setTimeout(resolve, this.#pollMsMax))]);
    }
    return this.#updates.filter(({ update_id: id }) => id >= offset).slice(0, 100);
  }

  #send(body: Readonly<Record<string, unknown>>): Answer | { status: 200; result: unknown } {
    const read = readText(body);
    if ('status' in read) return read;
    this.#nextMessage += 1;
    const reply = body['reply_parameters'] as { message_id?: number } | undefined; // our own adapter made it
    const chat = Number(body['chat_id']);
    this.messages.push({
      id: this.#nextMessage,
      chat,
      thread: body['message_thread_id'] === undefined ? null : Number(body['message_thread_id']),
      replyTo: reply?.message_id ?? null,
      text: read.text,
      source: String(body['text']),
      edits: 0,
    });
    return { status: 200, result: { message_id: this.#nextMessage, date: 0, chat: { id: chat, type: 'private' }, text: read.text } };
  }

  #edit(body: Readonly<Record<string, unknown>>): Answer | { status: 200; result: unknown } {
    const read = readText(body);
    if ('status' in read) return read;
    const message = this.messages.find(({ id }) => id === Number(body['message_id']));
    if (!message) return refuse('message to edit not found');
    if (message.text === read.text && message.source === String(body['text'])) return refuse('message is not modified');
    Object.assign(message, { text: read.text, source: String(body['text']), edits: message.edits + 1 });
    return { status: 200, result: true };
  }
}

function refuse(why: string): Answer {
  return { status: 400, description: `Bad Request: ${why}` };
}

/** What a reader sees, by the rules of HTML mode: known tags, closed in order, few entities; units counted without them. */
function readText(body: Readonly<Record<string, unknown>>): Answer | { readonly text: string } {
  const source = typeof body['text'] === 'string' ? body['text'] : '';
  if (!source.isWellFormed()) return refuse('strings must be encoded in UTF-8');
  const text = body['parse_mode'] === 'HTML' ? parseHtml(source) : source;
  if (text === null) return refuse("can't parse entities");
  if (text.trim() === '') return refuse('message text is empty');
  return text.length > UNITS_MAX ? refuse('message is too long') : { text };
}

function parseHtml(source: string): string | null {
  const open: string[] = [];
  const bad: string[] = [];
  const text = source.replace(
    /<(\/?)([a-z]+)(?: (?:href|class)="[^"<>]*")?>|<|&(?!(?:lt|gt|amp|quot);)/g,
    (tag: string, slash: string | undefined, name: string | undefined) => {
      if (name === undefined || !TAGS.includes(name)) bad.push(tag);
      else if (slash === '') open.push(name);
      else if (open.pop() !== name) bad.push(tag);
      return '';
    },
  );
  if (bad.length > 0 || open.length > 0) return null;
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}
