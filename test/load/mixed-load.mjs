/** What people and programs do to a stack all day, the rude ones too. Each kind goes on until told to stop; all share one tally. */
import { connect } from 'node:net';

/** Replies to errors of these statuses are the stack's right: too much, too fast, gone meanwhile. */
const FAIR = new Set([404, 408, 409, 413, 429, 503]);
const NASTY = [
  '\u0001'.repeat(20_000),
  '"'.repeat(40_000),
  '-eyJ'.repeat(5_000),
  '天気'.repeat(10_000),
  '👩‍👩‍👧'.repeat(3_000),
  '[({'.repeat(10_000),
];
const DEAD_READERS = 3;
const DEAD_FOR_MS = 60_000;

export class MixedLoad {
  /** @param stack a running one, with its token taken */
  constructor(stack) {
    this.stack = stack;
    this.statuses = new Map();
    this.bystander = [];
    this.stopped = new AbortController();
    this.conversations = [];
  }

  /** Starts everybody. Resolves when all have stopped, after {@link stop}. */
  async run() {
    const kinds = [
      ...Array.from({ length: 4 }, (_, index) => this.#every(300, () => this.#talk(index))),
      ...Array.from({ length: 2 }, () => this.#every(1500, () => this.#stream())),
      this.#every(2000, () => this.#nasty()),
      this.#every(3000, () => this.#read()),
      this.#every(5000, () => this.#delete()),
      this.#every(1000, () => this.#stand()),
      ...Array.from({ length: DEAD_READERS }, (_, index) => this.#deadReader(index)),
      this.#slowReader(),
    ];
    await Promise.all(kinds);
  }

  stop() {
    this.stopped.abort();
  }

  /** How many replies of each status, and how many of those are no right of the stack's. */
  tally() {
    const all = [...this.statuses].sort();
    return { all, unfair: all.filter(([status]) => status >= 400 && !FAIR.has(status)) };
  }

  async #every(ms, act) {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const startedAt = performance.now();
      await act().catch(() => this.#count(0)); // the connection was cut: counted, and the next one tries again
      await pause(Math.max(0, ms - (performance.now() - startedAt)), signal);
    }
  }

  async #call(...args) {
    const reply = await this.stack.call(...args);
    this.#count(reply.status);
    return reply;
  }

  #count(status) {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }

  /** A conversation that goes on for a while. */
  async #talk(index) {
    const conversation = this.conversations[index];
    const { status, body } = await this.#say(
      `Tell me about ${Math.random().toString(36)}`,
      conversation ? { conversation_id: conversation } : {},
    );
    this.conversations[index] = status === 200 && Math.random() > 0.05 ? body.conversation_id : undefined;
  }

  #say(message, fields = {}) {
    return this.#call('POST', '/api/v1/message', { body: { channel: 'api', message, ...fields } });
  }

  #stream() {
    return this.#call('POST', '/api/v1/message', { body: { channel: 'api', message: '/help' }, headers: { accept: 'text/event-stream' } });
  }

  async #nasty() {
    const text = NASTY[Math.floor(Math.random() * NASTY.length)];
    await this.#say(Math.random() < 0.5 ? text : `/remember ${text}`);
    await this.#call('GET', `/api/v1/conversations?q=${encodeURIComponent(text.slice(0, 150))}`);
  }

  async #read() {
    const { body } = await this.#call('GET', '/api/v1/conversations?limit=200');
    const [first] = body.conversations ?? [];
    if (first) await this.#call('GET', `/api/v1/conversations/${first.id}?limit=200`);
    await this.#call('GET', '/api/v1/status');
  }

  async #delete() {
    const { body } = await this.#call('GET', '/api/v1/conversations?limit=20&offset=50');
    for (const { id } of body.conversations ?? []) await this.#call('DELETE', `/api/v1/conversations/${id}`);
  }

  /** Somebody who does nothing rude, timed. */
  async #stand() {
    const { status, ms } = await this.#say('/time');
    if (status === 200) this.bystander.push(ms);
  }

  /** Asks for something large and never reads it. */
  async #deadReader(index) {
    const paths = [
      '/api/v1/conversations?limit=200',
      `/api/v1/conversations/${this.conversations[0] ?? 'none'}?limit=200`,
      '/api/v1/openapi.json',
    ];
    await this.#every(DEAD_FOR_MS, () => this.#hold(paths[index % paths.length], null));
  }

  /** Takes a few bytes a second. */
  async #slowReader() {
    await this.#every(DEAD_FOR_MS, () => this.#hold('/api/v1/openapi.json', 64));
  }

  async #hold(path, bytesPerSecond) {
    const { hostname, port } = new URL(this.stack.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined); // cut by the gateway: that is its right
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${this.stack.token}\r\n\r\n`);
    const until = performance.now() + DEAD_FOR_MS;
    while (performance.now() < until && !socket.destroyed && !this.stopped.signal.aborted) {
      if (bytesPerSecond) socket.read(bytesPerSecond);
      await pause(1000, this.stopped.signal);
    }
    socket.destroy();
  }
}

/** Resolves early, and without failing, where `signal` aborts. */
export async function pause(ms, signal) {
  if (signal?.aborted) return;
  await new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done, { once: true });
  });
}
