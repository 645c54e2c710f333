/**
 * Many who read a reply as it is spoken, some of whom lose their connection and come back, on a stack whose model speaks at a steady pace.
 */
import { Agent, request } from 'node:http';
import { pause } from './mixed-load.mjs';

/** Of those who read, so many lose their connection midway. */
const LEAVING_SHARE = 0.2;
const STAND_EVERY_MS = 500;
/** A stream in which nothing comes for this long is broken. */
const SILENCE_MS_MAX = 60_000;

export class StreamLoad {
  /** @param stack a running one, with its token taken @param shape `streams` at once, of `tokens` each; `seed` of who leaves, and when */
  constructor(stack, { streams, tokens, seed }) {
    Object.assign(this, { stack, streams, tokens });
    this.text = Array.from({ length: tokens }, (_, index) => `${index + 1} `).join('');
    this.random = seededRandom(seed);
    this.agent = new Agent({ keepAlive: true, maxSockets: Infinity });
    this.whole = 0;
    this.resumed = 0;
    /** What was wrong with the others, and how often. */
    this.broken = new Map();
    this.bystander = [];
    this.statuses = new Map();
    this.stopped = new AbortController();
  }

  /** Starts everybody. Resolves when all have stopped, after {@link stop}: streams that are open are read to their end. */
  async run() {
    const { signal } = this.stopped;
    const readers = Array.from({ length: this.streams }, async () => {
      while (!signal.aborted) await this.#readOne();
    });
    await Promise.all([...readers, this.#stand()]);
    this.agent.destroy();
  }

  stop() {
    this.stopped.abort();
  }

  /** As {@link MixedLoad.tally}. */
  tally() {
    const all = [...this.statuses].sort();
    return { all, unfair: all.filter(([status]) => status !== 200) };
  }

  summary() {
    const broken = [...this.broken].map(([why, count]) => `${count} × ${why}`).join(', ');
    return `streams: ${this.whole} whole, ${this.resumed} of them resumed${broken ? `; broken: ${broken}` : ''}`;
  }

  problems() {
    const broken = [...this.broken.values()].reduce((sum, count) => sum + count, 0);
    return [...(broken > 0 ? [`${broken} streams were not whole`] : []), ...(this.whole === 0 ? ['no stream came to its end'] : [])];
  }

  async #readOne() {
    try {
      const leavesAfter = this.random() < LEAVING_SHARE ? 1 + Math.floor(this.random() * this.tokens) : Infinity;
      const events = await this.#read('POST', '/api/v1/message', {}, leavesAfter);
      while (!isTerminal(events.at(-1))) {
        this.resumed += 1;
        const { id, seq } = events.at(-1);
        events.push(...(await this.#read('GET', `/api/v1/message/${id}/events`, { 'last-event-id': String(seq) }, Infinity)));
      }
      this.#check(events);
      this.whole += 1;
    } catch (thrown) {
      this.#break(thrown.message);
      await pause(1000, this.stopped.signal);
    }
  }

  /** Dense, in order, and word for word what was said. */
  #check(events) {
    events.forEach(({ seq }, index) => {
      if (seq !== index + 1) throw new Error('a gap or a repeat');
    });
    const end = events.at(-1);
    if (end.type !== 'end') throw new Error(`ended in ${end.error}: ${end.message}`);
    const afterRestart = events.slice(events.findLastIndex(({ type }) => type === 'restart') + 1);
    const said = afterRestart
      .filter(({ type }) => type === 'token')
      .map(({ content }) => content)
      .join('');
    if (said !== this.text || end.content.trim() !== this.text.trim()) throw new Error('not the whole text');
  }

  /** @returns the events until the last one, or until `most` have come: then the connection is cut */
  #read(method, path, headers, most) {
    const { promise, resolve, reject } = Promise.withResolvers();
    const body = method === 'POST' ? JSON.stringify({ channel: 'api', message: 'Speak.' }) : '';
    const sent = request(this.stack.url + path, {
      method,
      agent: this.agent,
      timeout: SILENCE_MS_MAX,
      headers: {
        authorization: `Bearer ${this.stack.token}`,
        accept: 'text/event-stream',
        ...headers,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
    });
    const events = [];
    sent.on('timeout', () => sent.destroy(new Error('silence')));
    sent.on('error', (thrown) => (events.length >= most ? resolve(events) : reject(thrown)));
    sent.on('response', (response) => {
      this.#count(response.statusCode);
      let rest = '';
      response.setEncoding('utf8').on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        for (const line of lines) if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)));
        if (events.length >= most) sent.destroy(new Error('left'));
      });
      response.on('error', (thrown) => (events.length >= most ? resolve(events) : reject(thrown)));
      response.on('end', () =>
        response.statusCode === 200 && events.length > 0 ? resolve(events) : reject(new Error(`status ${response.statusCode}`)),
      );
    });
    sent.end(body);
    return promise;
  }

  /** Somebody with a short question, timed without what the model takes for it. */
  async #stand() {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      for (const path of ['/api/v1/conversations?limit=20', '/api/v1/health']) {
        const reply = await this.stack.call('GET', path).catch(() => ({ status: 0, ms: 0 }));
        this.#count(reply.status);
        if (reply.status === 200) this.bystander.push(reply.ms);
      }
      await pause(STAND_EVERY_MS, signal);
    }
  }

  #break(why) {
    this.broken.set(why, (this.broken.get(why) ?? 0) + 1);
  }

  #count(status) {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }
}

function isTerminal(event) {
  return event?.type === 'end' || event?.type === 'error';
}

/** Mulberry32: the same numbers for the same seed. */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
