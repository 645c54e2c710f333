/** The whole measurement: interleaved rounds of floor and product, then streams through the product. */
import { Agent } from 'node:http';
import { freePort } from '../../scripts/compose-project.mjs';
import { applyLoad, post } from './load.mjs';
import { startProcess } from './process.mjs';
import { measureLanguages } from './memory/languages.mjs';
import { quantile, ratios, summarise } from './statistics.mjs';
import { readStreams } from './streaming.mjs';
import { MESSAGE, startFloor, startProduct } from './systems.mjs';

const CONVERSATIONS = 256;
const WARM_UP_MS = 3000;
const TOKENS = 2000;
const STREAMS = [1, 8, 64];
const at = (path) => new URL(path, import.meta.url).pathname;

/**
 * @param services `databaseUrl` and `redisUrl` of servers that may be filled
 * @param options `clients`: how many at once, each a measurement; `rounds` of `roundMs`; `lean`: against the leaner floor; `messages`:
 *   in how many is searched; `only`: `search` for that alone; `profile`: a folder for CPU profiles; `progress(text)` hears what is being
 * measured
 * @returns what is printed as JSON
 */
export async function runBench(services, options) {
  const isAll = options.only === undefined;
  const compared = isAll ? await compare(services, options) : { messages: [], memory_mb: {} };
  const streaming = isAll ? await measureStreams(services, options) : [];
  const search = isAll || options.only === 'search' ? await measureSearch(services, options) : [];
  return { ...compared, streaming, search };
}

async function compare(services, { clients, rounds, roundMs, lean, profile, progress }) {
  const product = await startProduct(services, { profile });
  const reply = await post(new Agent(), product.target, { channel: 'api', message: MESSAGE });
  const floor = await startFloor(services, { reply: reply.content, lean });
  const sides = [floor, product];
  try {
    for (const side of sides) await applyLoad(side.target, { clients: 8, durationMs: WARM_UP_MS, bodyOf: inNewConversation });
    const messages = [];
    for (const variant of ['new', 'existing']) {
      for (const count of clients) {
        const bodyOf = await bodiesFor(variant, sides, count);
        progress(`${count} clients, ${variant} conversations`);
        messages.push({ variant, clients: count, ...(await interleave(sides, { clients: count, rounds, roundMs, bodyOf })) });
      }
    }
    return { messages, memory_mb: Object.fromEntries(sides.map((side) => [side.name, memoryOf(side)])) };
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
  }
}

/** A round of one side right after a round of the other, again and again: what the machine does meanwhile meets both. */
async function interleave([floor, product], { clients, rounds, roundMs, bodyOf }) {
  const measured = { floor: [], product: [] };
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? [floor, product] : [product, floor];
    for (const side of order)
      measured[side.name].push(await measure(side, { clients, durationMs: roundMs, bodyOf: bodyOf.get?.(side) ?? bodyOf }));
  }
  return { floor: summarise(measured.floor), product: summarise(measured.product), ratio: ratios(measured.product, measured.floor) };
}

async function measure({ target, processes }, load) {
  const cpuMs = () => Object.values(processes).reduce((sum, process) => sum + process.cpuMs(), 0);
  const before = cpuMs();
  const { latencies, perSecond } = await applyLoad(target, load);
  return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), perSecond, cpuMs: (cpuMs() - before) / latencies.length };
}

function inNewConversation() {
  return { channel: 'api', message: MESSAGE };
}

/** The clients go round the conversations, each through its own share, so that none waits for another's turn and all grow alike. */
async function bodiesFor(variant, sides, clients) {
  if (variant === 'new') return inNewConversation;
  const bodies = new Map();
  for (const side of sides) {
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const ids = await Promise.all(
      Array.from({ length: CONVERSATIONS }, async () => (await post(agent, side.target, inNewConversation())).conversation_id),
    );
    agent.destroy();
    bodies.set(side, (client, turn) => ({ ...inNewConversation(), conversation_id: ids[(client + turn * clients) % CONVERSATIONS] }));
  }
  return bodies;
}

function memoryOf({ processes }) {
  return Object.fromEntries(Object.entries(processes).map(([name, process]) => [name, Math.round(process.rssMb())]));
}

async function measureSearch(services, { messages, progress }) {
  const product = await startProduct(services);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  try {
    return await measureLanguages({ send: (path, body) => post(agent, product.target, body, path), product, progress }, messages);
  } finally {
    agent.destroy();
    await product.stop();
  }
}

async function measureStreams(services, { rounds, profile, progress }) {
  const port = await freePort();
  const provider = startProcess(at('token-provider.mjs'), { TOKENS: String(TOKENS), PROVIDER_PORT: String(port) });
  const env = {
    OPENCLAW_PROVIDERS__PRIMARY__TYPE: 'openai-compatible',
    OPENCLAW_PROVIDERS__PRIMARY__MODEL: 'bench',
    OPENCLAW_PROVIDERS__PRIMARY__BASE_URL: `http://127.0.0.1:${port}/v1`,
    OPENCLAW_WORKER__CONCURRENCY: String(Math.max(...STREAMS)),
  };
  await provider.ready(() => fetch(`http://127.0.0.1:${port}`, { method: 'POST' }).then((response) => response.body.cancel()));
  const product = await startProduct(services, { env, profile });
  try {
    const measured = [];
    for (const streams of STREAMS) {
      progress(`${streams} streams`);
      const speeds = [];
      for (let round = 0; round < rounds; round += 1) speeds.push(await readStreams(product.target, { streams, tokens: TOKENS }));
      measured.push({ streams, tokens_per_second: quantile(speeds, 0.5) });
    }
    return measured;
  } finally {
    await Promise.all([product.stop(), provider.stop()]);
  }
}
