/**
 * CPU for each streamed token: through the agent's loop and a provider's adapter, against nothing but fetch and an SSE parser.
 *
 * a local server in its own process ─► the same stream, read both ways ─► µs of CPU per token ─► at most 1.3 times
 *
 * Tokens come `apart`, a chunk each, as a model sends them, and in a `burst`, as a network delivers them after a stall. Needs
 * `npm run build`. Exits 1 where the ratio is over LIMIT in any row.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const LIMIT = 1.3;
const TOKENS = { apart: 500, burst: 20_000 };
/** Not measured: a worker has long compiled what it runs. */
const WARM_UPS = 4;
const ROUNDS = 9;
const WORD = ' word';

const sse = (body, event) => `${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(body)}\n\n`;
const chunk = (delta, rest = {}) =>
  sse({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...rest }] });
const gemini = (text, rest = {}) =>
  sse({
    candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0, ...rest }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    responseId: 'r',
  });
const response = (status, rest = {}) => ({ id: 'r', object: 'response', created_at: 1, model: 'm', status, ...rest });
const item = (status, content = []) => ({ id: 'i', type: 'message', status, role: 'assistant', content });

const WIRES = [
  {
    type: 'openai-compatible',
    path: '/v1',
    matches: 'chat/completions',
    textOf: ({ choices: [choice] }) => choice?.delta.content,
    frames: (tokens) => [
      ...Array(tokens).fill(chunk({ content: WORD })),
      chunk({}, { finish_reason: 'stop' }),
      sse({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
      'data: [DONE]\n\n',
    ],
  },
  {
    type: 'anthropic',
    path: '/v1',
    matches: 'messages',
    textOf: ({ delta }) => delta?.text,
    frames: (tokens) => [
      sse(
        {
          type: 'message_start',
          message: {
            id: 'm',
            type: 'message',
            role: 'assistant',
            model: 'm',
            content: [],
            stop_reason: null,
            stop_sequence: null,
            usage: { input_tokens: 1, output_tokens: 1 },
          },
        },
        'message_start',
      ),
      sse({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, 'content_block_start'),
      ...Array(tokens).fill(
        sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: WORD } }, 'content_block_delta'),
      ),
      sse({ type: 'content_block_stop', index: 0 }, 'content_block_stop'),
      sse({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } }, 'message_delta'),
      sse({ type: 'message_stop' }, 'message_stop'),
    ],
  },
  {
    type: 'openai',
    path: '/v1',
    matches: 'responses',
    textOf: ({ delta }) => delta,
    frames: (tokens) => [
      sse({ type: 'response.created', sequence_number: 0, response: response('in_progress') }),
      sse({ type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: item('in_progress') }),
      ...Array.from({ length: tokens }, (_, n) =>
        sse({
          type: 'response.output_text.delta',
          sequence_number: n + 2,
          item_id: 'i',
          output_index: 0,
          content_index: 0,
          delta: WORD,
          logprobs: [],
        }),
      ),
      sse({ type: 'response.output_item.done', sequence_number: tokens + 2, output_index: 0, item: item('completed') }),
      sse({
        type: 'response.completed',
        sequence_number: tokens + 3,
        response: response('completed', { usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } }),
      }),
    ],
  },
  {
    type: 'google',
    path: '/v1beta',
    matches: 'streamGenerateContent',
    textOf: ({ candidates: [candidate] }) => candidate.content.parts[0].text,
    frames: (tokens) => [...Array(tokens).fill(gemini(WORD)), gemini('', { finishReason: 'STOP' })],
  },
];

if (process.send) serve();
else process.exitCode = await measure();

/** Both readers by turns, the median of the ratios: a machine that does other things too disturbs some of the rounds. */
async function measure() {
  const server = fork(fileURLToPath(import.meta.url));
  const [port] = await once(server, 'message');
  const rows = [];
  for (const pace of Object.keys(TOKENS)) {
    for (const wire of WIRES) {
      const baseUrl = `http://127.0.0.1:${port}/${pace}${wire.path}`;
      const loop = await readerThroughLoop(wire, baseUrl);
      rows.push({
        tokens: pace,
        provider: wire.type,
        ...(await compare(pace, () => readPlainly(`${baseUrl}/${wire.matches}`, wire, TOKENS[pace]), loop.read)),
      });
      await loop.close();
    }
  }
  server.kill();
  console.table(rows);
  const over = rows.filter(({ ratio }) => ratio > LIMIT);
  console.log(
    over.length === 0 ? `stream cost: at most ${LIMIT} times fetch and an SSE parser` : `stream cost: over ${LIMIT} in ${over.length} rows`,
  );
  return over.length === 0 ? 0 : 1;
}

async function compare(pace, plainly, throughLoop) {
  for (let n = 0; n < WARM_UPS; n += 1) {
    await plainly();
    await throughLoop();
  }
  const rounds = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const [base, cost] = [await cpuPerToken(pace, plainly), await cpuPerToken(pace, throughLoop)];
    rounds.push({ base, cost, ratio: cost / base });
  }
  const median = (name) => round(rounds.map((each) => each[name]).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]);
  return { 'fetch + SSE (µs)': median('base'), 'agent loop (µs)': median('cost'), ratio: median('ratio') };
}

async function cpuPerToken(pace, read) {
  const before = process.cpuUsage();
  await read();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / TOKENS[pace];
}

/** Nothing but fetch and a parser of the same stream. */
async function readPlainly(url, { textOf }, tokens) {
  const response = await fetch(url, { method: 'POST', body: '{}' });
  const decoder = new TextDecoder();
  let rest = '';
  let characters = 0;
  for await (const chunk of response.body) {
    rest += decoder.decode(chunk, { stream: true });
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const data = rest.slice(rest.indexOf('data: ') + 6, end);
      rest = rest.slice(end + 2);
      if (data !== '[DONE]') characters += textOf(JSON.parse(data))?.length ?? 0;
    }
  }
  if (characters !== tokens * WORD.length) throw new Error(`the plain reader read ${characters} characters`);
}

async function readerThroughLoop({ type }, baseUrl) {
  const [{ runAgent }, { createModel }, { configSchema }, { silentLogger }] = await Promise.all(
    ['agent', 'models', 'words', 'telemetry'].map((room) => import(`@openclaw/${room}`)),
  );
  const { providers } = configSchema.parse({ providers: { primary: { type, model: 'm', base_url: baseUrl } } });
  const model = createModel({ providers, timeouts: { connectMs: 5_000, firstTokenMs: 30_000, stallMs: 30_000 }, logger: silentLogger() });
  const done = () => Promise.resolve();
  const read = async () => {
    let characters = 0;
    const outcome = await runAgent({
      run: { id: 'msg_bench', attempt: 1 },
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'go' }] }],
      model,
      tools: [],
      journal: { steps: [], recordStep: done, beginCall: done, endCall: done },
      emit: (event) => (characters += event.content.length),
      signal: new AbortController().signal,
      limits: {
        turnsMax: 1,
        runTimeoutMs: 60_000,
        toolTimeoutMs: 1_000,
        toolResultCharacters: 1_000,
        callsPerTurnMax: 1,
        turnCharactersMax: 10_000_000,
      },
    });
    if (outcome.status !== 'completed' || characters % WORD.length !== 0 || characters === 0)
      throw new Error(`the loop ended as ${outcome.status} after ${characters} characters`);
  };
  return { read, close: () => model.close() };
}

function round(value) {
  return Math.round(value * 100) / 100;
}

/** One process serves, so that its CPU is not counted. */
function serve() {
  const server = createServer((req, res) => {
    const [, pace = '', ...rest] = (req.url ?? '').split('/');
    const wire = WIRES.find(({ matches }) => rest.join('/').includes(matches));
    req.resume().on('end', () => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.socket?.setNoDelay(true);
      const frames = wire.frames(TOKENS[pace]);
      if (pace === 'burst') res.end(frames.join(''));
      else void sendApart(res, frames);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('disconnect', () => process.exit());
}

/** A chunk each: the reader gets to run in between. */
async function sendApart(res, frames) {
  for (const frame of frames) {
    res.write(frame);
    await new Promise((resolve) => setTimeout(resolve));
  }
  res.end();
}
