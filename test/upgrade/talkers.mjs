/**
 * People who go on talking while everything under them is replaced: each in a conversation of its own, one message after the other, a
 * short question to wait for or a long reply to read as it is spoken. What fails is tried again at another gateway, under the same key.
 */
import { randomUUID } from 'node:crypto';
import { TextDecoderStream } from 'node:stream/web';

const TRIES_MAX = 200;
const PAUSE_MS = 100;
const REQUEST_MS_MAX = 30_000;
const PAGE = 200;
const SHORT = '1 2 3';
const LONG = Array.from({ length: 100 }, (_, index) => String(index + 1)).join(' ');

export class Talkers {
  /** @param options `urls` gives the gateways as they are now; `token`; `count` of people */
  constructor({ urls, token, count }) {
    Object.assign(this, {
      urls,
      token,
      people: Array.from({ length: count }, (_, index) => ({ name: index, said: [], conversation: null })),
    });
    this.problems = [];
    this.retried = 0;
    this.resumed = 0;
    this.stopped = false;
  }

  /** Resolves after {@link stop}, when each has the reply to its last message. */
  async run() {
    await Promise.all(
      this.people.map(async (person) => {
        while (!this.stopped) await this.#talk(person).catch((thrown) => this.#complain(person, thrown));
      }),
    );
  }

  stop() {
    this.stopped = true;
  }

  get replies() {
    return this.people.reduce((sum, { said }) => sum + said.length, 0);
  }

  /** Every conversation as that gateway has it: each message once, followed by its reply, in order. */
  async check(url) {
    for (const person of this.people) {
      const texts = (await this.#messages(url, person.conversation)).map(({ role, content }) => `${role}: ${content.trim()}`);
      const expected = person.said.flatMap(({ message, reply }) => [`user: ${message}`, `assistant: ${reply}`]);
      const odd = texts.findIndex((text, index) => text !== expected[index]);
      if (odd >= 0 || texts.length !== expected.length) {
        this.#complain(
          person,
          new Error(
            `has ${texts.length} messages at ${url}, of its own ${expected.length}; number ${odd} is ${JSON.stringify(texts[odd])}`,
          ),
        );
      }
    }
  }

  /** A log that is over, read again from that gateway: dense from 1 to its end, and the whole reply in it. */
  async replay(url) {
    for (const { id, reply, ...person } of this.people.flatMap(({ name, said }) =>
      said
        .filter(({ id }) => id)
        .slice(-2)
        .map((each) => ({ ...each, name })),
    )) {
      const events = [];
      await this.#read(url, { path: `/api/v1/message/${id}/events`, headers: { 'last-event-id': '0' } }, events);
      const end = events.at(-1);
      if (end?.type !== 'end' || end.content.trim() !== reply)
        this.#complain(person, new Error(`the log of ${id} ends in ${JSON.stringify(end ?? null)} at ${url}`));
    }
  }

  async #talk(person) {
    const isLong = (person.said.length + person.name) % 3 === 0;
    const message = `${isLong ? 'Speak' : 'Say'} as number ${person.said.length + 1} of ${person.name}.`;
    const body = JSON.stringify({
      channel: 'api',
      message,
      timeout_ms: 20_000,
      ...(person.conversation ? { conversation_id: person.conversation } : {}),
    });
    const headers = { 'idempotency-key': randomUUID() };
    const reply = isLong ? await this.#listen(headers, body) : await this.#wait(headers, body);
    if (reply.content.trim() !== (isLong ? LONG : SHORT)) throw new Error(`got ${JSON.stringify(reply.content.slice(0, 300))}`);
    person.conversation ??= reply.conversation_id;
    person.said.push({ message, reply: reply.content.trim(), id: isLong ? reply.id : null });
  }

  /** The reply as JSON, asked for until it is there. */
  async #wait(headers, body) {
    return this.#insist(async (url) => {
      const response = await this.#send(url, { path: '/api/v1/message', headers, body });
      const reply = await response.json();
      if (response.status === 200) return reply;
      if ([408, 409, 503].includes(response.status)) return null; // the same key brings the same run
      throw new Error(`${response.status}: ${JSON.stringify(reply)}`);
    });
  }

  /** The reply event by event; a stream that breaks is resumed where it broke. */
  async #listen(headers, body) {
    const events = [];
    const isOver = () => ['end', 'error'].includes(events.at(-1)?.type);
    await this.#insist(async (url) => {
      const last = events.at(-1);
      if (last) {
        this.resumed += 1;
        await this.#read(url, { path: `/api/v1/message/${last.id}/events`, headers: { 'last-event-id': String(last.seq) } }, events);
      } else await this.#read(url, { path: '/api/v1/message', headers, body }, events);
      return isOver();
    });
    events.forEach(({ seq }, index) => {
      if (seq !== index + 1) throw new Error(`event ${seq} stands in place ${index + 1}`);
    });
    const end = events.at(-1);
    if (end.type === 'error') throw new Error(`ended in ${JSON.stringify(end)}`);
    const said = events
      .slice(events.findLastIndex(({ type }) => type === 'restart') + 1)
      .filter(({ type }) => type === 'token')
      .map(({ content }) => content)
      .join('');
    if (said.trim() !== end.content.trim())
      throw new Error(`was told ${JSON.stringify(said)}, and in the end ${JSON.stringify(end.content)}`);
    return end;
  }

  /** Reads until the stream ends or breaks. */
  async #read(url, request, events) {
    const response = await this.#send(url, { ...request, headers: { accept: 'text/event-stream', ...request.headers } });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    let rest = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)));
    }
  }

  /** Tries at one gateway after the other until the work gives something. */
  async #insist(work) {
    let last;
    for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
      const urls = this.urls();
      try {
        const result = await work(urls[(attempt + Math.floor(Math.random() * urls.length)) % urls.length]);
        if (result) return result;
      } catch (thrown) {
        if (/^[45]\d\d: /.test(thrown.message)) throw thrown;
        last = thrown;
      }
      this.retried += 1;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    throw new Error(`no answer after ${TRIES_MAX} tries`, { cause: last });
  }

  async #messages(url, conversation) {
    let messages = [];
    for (;;) {
      const before = messages.length > 0 ? `&before=${messages[0].id}` : '';
      const page = await this.#json(url, `/api/v1/conversations/${conversation}?limit=${PAGE}${before}`);
      messages = [...page.messages, ...messages];
      if (page.messages.length < PAGE) return messages;
    }
  }

  async #json(url, path) {
    return this.#insist(async () => {
      const response = await this.#send(url, { path });
      return response.status === 200 ? response.json() : null;
    });
  }

  /** A POST where there is a body. */
  #send(url, { path, headers = {}, body }) {
    const signal = AbortSignal.timeout(REQUEST_MS_MAX);
    const all = { authorization: `Bearer ${this.token}`, ...headers, ...(body ? { 'content-type': 'application/json' } : {}) };
    return fetch(url + path, { method: body ? 'POST' : 'GET', signal, headers: all, ...(body ? { body } : {}) });
  }

  #complain({ name }, thrown) {
    this.problems.push(`person ${name}: ${thrown.message}${thrown.cause ? ` (${thrown.cause.message})` : ''}`);
  }
}
