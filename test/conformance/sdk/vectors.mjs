/**
 * What a client of the gateway must do, as data: a call, what the server answers to each request it makes, and what must come of it.
 *
 * call: { do: 'message' | 'stream' | 'get', …what it is given } · exchanges: the server's answers in order · outcome: { reply } or { error
 * },
 * `events` as [type, content] of a stream, `requests` how many were made, and what each of them had.
 */

const ID = 'msg_01k6zq3n7yf0g8h2j4k5m6n7p8';
const CONVERSATION = 'conv_01k6zq3n7yf0g8h2j4k5m6n7p9';
const envelope = (seq) => ({ id: ID, seq, conversation_id: CONVERSATION });
const fields = (content) => ({
  content,
  skills_used: [],
  tokens: { input: 3, output: 2, total: 5 },
  latency_ms: 12,
  model: 'builtin/offline',
  finish_reason: 'stop',
  cost_usd: null,
  created_at: '2026-11-30T12:00:00.000Z',
});
const reply = (content) => ({ id: ID, conversation_id: CONVERSATION, role: 'assistant', ...fields(content) });
const start = { type: 'start', ...envelope(1), attempt: 1, model: 'builtin/offline' };
const token = (seq, content) => ({ type: 'token', ...envelope(seq), content });
const restart = (seq) => ({ type: 'restart', ...envelope(seq), attempt: 2 });
const end = (seq, content) => ({ type: 'end', ...envelope(seq), ...fields(content) });
const error = (status, code, details = {}, message = `It is ${code}.`) => ({ error: code, message, status, details });
const ACCEPTED = { id: ID, conversation_id: CONVERSATION, poll_url: `/api/v1/message/${ID}/status` };
const UNICODE = '上海 天气 👩‍👩‍👧 e\u0301 \u2028 \u0085 \\n "x" 𝒳';
const SOON = { 'retry-after': '0' };

const said = (content) => ({ reply: { content } });
const fails = (status, code, more = {}) => ({ error: { status, code, ...more } });
const message = (name, exchanges, outcome) => ({ name, call: { do: 'message', text: 'Hello' }, exchanges, outcome });
const stream = (name, exchanges, outcome) => ({ name, call: { do: 'stream', text: 'Hello' }, exchanges, outcome });
const WHOLE = [start, token(2, 'Hel'), token(3, 'lo'), end(4, 'Hello')];
const TOLD = [
  ['start', null],
  ['token', 'Hel'],
  ['token', 'lo'],
  ['end', 'Hello'],
];

const refusals = [
  [400, 'bad_request'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [405, 'method_not_allowed'],
  [409, 'conflict'],
  [413, 'payload_too_large'],
  [415, 'unsupported_media_type'],
  [500, 'internal_error'],
].map(([status, code]) =>
  message(`error-${code}`, [{ status, headers: { 'x-request-id': 'r-1' }, json: error(status, code, { why: 1 }) }], {
    ...fails(status, code, { request_id: 'r-1' }),
    requests: 1,
  }),
);

export const VECTORS = [
  message('plain', [{ json: reply('Hello, you') }], { ...said('Hello, you'), requests: 1 }),
  message('unicode', [{ json: reply(UNICODE), pieces: 'bytes' }], said(UNICODE)),
  message('unknown-field', [{ json: { ...reply('Hi'), mood: 'new', tokens: { input: 1, output: 1, total: 2, cached: 1 } } }], said('Hi')),
  ...refusals,
  message(
    'rate-limited-then-answered',
    [{ status: 429, headers: SOON, json: error(429, 'rate_limited', { limit: 60, remaining: 0 }) }, { json: reply('Hi') }],
    { ...said('Hi'), requests: 2, one_key: true },
  ),
  message('rate-limited-for-a-day', [{ status: 429, headers: { 'retry-after': '86400' }, json: error(429, 'rate_limited') }], {
    ...fails(429, 'rate_limited', { retry_after: 86_400 }),
    requests: 1,
  }),
  message('unavailable-then-answered', [{ status: 503, headers: SOON, json: error(503, 'service_unavailable') }, { json: reply('Hi') }], {
    ...said('Hi'),
    requests: 2,
    one_key: true,
  }),
  message(
    'retry-after-unreadable',
    [{ status: 503, headers: { 'retry-after': 'soon' }, json: error(503, 'service_unavailable') }, { json: reply('Hi') }],
    { ...said('Hi'), requests: 2 },
  ),
  message(
    'retry-after-a-date-gone-by',
    [
      { status: 503, headers: { 'retry-after': 'Wed, 25 Nov 2020 18:00:10 GMT' }, json: error(503, 'service_unavailable') },
      { json: reply('Hi') },
    ],
    { ...said('Hi'), requests: 2 },
  ),
  message('connection-lost-before-the-answer', [{ cut: 'before' }, { json: reply('Hi') }], { ...said('Hi'), requests: 2, one_key: true }),
  message(
    'connection-lost-in-the-answer',
    [{ json: reply('Hi'), headers: { 'content-length': '9999' }, cut: true }, { json: reply('Hi') }],
    { ...said('Hi'), requests: 2, one_key: true },
  ),
  message('proxy-page-502', [{ status: 502, body: '<html>Bad gateway</html>' }, { json: reply('Hi') }], {
    ...said('Hi'),
    requests: 2,
    one_key: true,
  }),
  message('proxy-page-403', [{ status: 403, body: '<html>Blocked by company policy</html>' }], {
    ...fails(403, 'forbidden', { says: 'Blocked by company policy' }),
    requests: 1,
  }),
  message('proxy-page-200', [{ body: '<html>Log in</html>' }], { ...fails(200, 'unknown', { says: 'Log in' }), requests: 1 }),
  message('provider-failed', [{ status: 502, json: error(502, 'upstream_error', { ...ACCEPTED, provider: 'primary' }) }], {
    ...fails(502, 'upstream_error', { message_id: ID }),
    requests: 1,
  }),
  message('cancelled', [{ status: 409, json: error(409, 'conflict', ACCEPTED) }], {
    ...fails(409, 'conflict', { message_id: ID }),
    requests: 1,
  }),
  message('slow-agent', [{ status: 408, json: error(408, 'timeout', ACCEPTED) }, { events: WHOLE }], {
    ...said('Hello'),
    requests: 2,
    paths: ['/api/v1/message', `/api/v1/message/${ID}/events`],
  }),
  message(
    'gateway-leaves-while-it-waits',
    [{ status: 503, headers: SOON, json: error(503, 'service_unavailable', ACCEPTED) }, { events: WHOLE }],
    { ...said('Hello'), requests: 2 },
  ),
  message(
    'slow-agent-that-fails',
    [
      { status: 408, json: error(408, 'timeout', ACCEPTED) },
      { events: [start, { type: 'error', ...envelope(2), ...error(502, 'upstream_error') }] },
    ],
    { ...fails(502, 'upstream_error'), requests: 2 },
  ),
  stream('stream', [{ events: WHOLE }], { ...said('Hello'), events: TOLD, requests: 1 }),
  stream('stream-byte-by-byte', [{ events: [start, token(2, UNICODE), end(3, UNICODE)], pieces: 'bytes' }], {
    ...said(UNICODE),
    events: [
      ['start', null],
      ['token', UNICODE],
      ['end', UNICODE],
    ],
  }),
  stream(
    'stream-with-odd-lines',
    [
      {
        events: [
          '\uFEFF: hello\r\n\r\n',
          'retry: 1000\n\n',
          `id: 1\r\ndata:${JSON.stringify(start)}\r\n\r\n`,
          `mood: x\rdata: ${JSON.stringify(token(2, 'Hi'))}\r\r`,
          'data\n\n',
          end(3, 'Hi'),
        ],
      },
    ],
    {
      ...said('Hi'),
      events: [
        ['start', null],
        ['token', 'Hi'],
        ['end', 'Hi'],
      ],
    },
  ),
  stream('stream-unknown-event', [{ events: [start, { type: 'mood', ...envelope(2), mood: 'new' }, end(3, 'Hi')] }], {
    ...said('Hi'),
    events: [
      ['start', null],
      ['mood', null],
      ['end', 'Hi'],
    ],
  }),
  stream(
    'stream-fails',
    [{ events: [start, { type: 'error', ...envelope(2), ...error(502, 'upstream_error', { provider: 'primary' }) }] }],
    { ...fails(502, 'upstream_error', { message_id: ID }), events: [['start', null]], requests: 1 },
  ),
  stream('stream-proxy-page-200', [{ body: '<html>Log in</html>' }], {
    ...fails(200, 'unknown', { says: 'Log in' }),
    events: [],
    requests: 1,
  }),
  stream('stream-refused', [{ status: 400, json: error(400, 'bad_request', { issues: [{ path: 'message', message: 'is required' }] }) }], {
    ...fails(400, 'bad_request'),
    events: [],
    requests: 1,
  }),
  stream('stream-cut-before-it-begins', [{ cut: 'before' }, { events: WHOLE }], {
    ...said('Hello'),
    events: TOLD,
    requests: 2,
    one_key: true,
  }),
  stream('stream-cut-before-its-first-event', [{ events: [': hello\n\n'], cut: true }, { events: WHOLE }], {
    ...said('Hello'),
    events: TOLD,
    requests: 2,
    one_key: true,
  }),
  ...[1, 2, 3].map((seq) =>
    stream(`stream-cut-after-${seq}`, [{ events: WHOLE.slice(0, seq), cut: true }, { events: WHOLE.slice(seq) }], {
      ...said('Hello'),
      events: TOLD,
      requests: 2,
      after: [null, String(seq)],
    }),
  ),
  stream(
    'stream-cut-twice-at-one-place',
    [{ events: WHOLE.slice(0, 2), cut: true }, { events: [': back\n\n'], cut: true }, { events: WHOLE.slice(2) }],
    { ...said('Hello'), events: TOLD, requests: 3, after: [null, '2', '2'] },
  ),
  stream(
    'stream-cut-within-an-event',
    [{ events: [start, `id: 2\ndata: ${JSON.stringify(token(2, 'Hel')).slice(0, 30)}`], cut: true }, { events: WHOLE.slice(1) }],
    { ...said('Hello'), events: TOLD, requests: 2, after: [null, '1'] },
  ),
  stream(
    'stream-ends-politely-without-its-end',
    [
      { events: [...WHOLE.slice(0, 2), ': the gateway restarts; come back with Last-Event-ID\nretry: 1000\n\n'] },
      { events: WHOLE.slice(2) },
    ],
    { ...said('Hello'), events: TOLD, after: [null, '2'] },
  ),
  stream('stream-tells-again-what-was-told', [{ events: WHOLE.slice(0, 3), cut: true }, { events: WHOLE }], {
    ...said('Hello'),
    events: TOLD,
  }),
  stream('stream-with-rubbish', [{ events: [start, 'data: {"seq":\n\n'] }, { events: WHOLE.slice(1) }], {
    ...said('Hello'),
    events: TOLD,
    after: [null, '1'],
  }),
  stream(
    'stream-restarted',
    [{ events: [start, token(2, 'Wrong'), restart(3), { ...start, seq: 4, attempt: 2 }, token(5, 'Right'), end(6, 'Right')] }],
    {
      ...said('Right'),
      events: [
        ['start', null],
        ['token', 'Wrong'],
        ['restart', null],
        ['start', null],
        ['token', 'Right'],
        ['end', 'Right'],
      ],
    },
  ),
  stream(
    'stream-restarted-then-cut',
    [{ events: [start, token(2, 'Wrong'), restart(3)], cut: true }, { events: [{ ...start, seq: 4 }, token(5, 'Right'), end(6, 'Right')] }],
    { ...said('Right'), text: 'Right', after: [null, '3'] },
  ),
  stream(
    'stream-gone-when-it-comes-back',
    [
      { events: [start], cut: true },
      { status: 404, json: error(404, 'not_found') },
    ],
    { ...fails(404, 'not_found'), events: [['start', null]], requests: 2 },
  ),
  {
    name: 'get-retried',
    call: { do: 'get' },
    exchanges: [{ cut: 'before' }, { json: { status: 'ok' } }],
    outcome: { value: { status: 'ok' }, requests: 2 },
  },
  {
    name: 'post-that-may-have-happened',
    call: { do: 'remember', text: 'tea' },
    exchanges: [{ cut: 'before' }],
    outcome: { error: { connection: true }, requests: 1 },
  },
  {
    name: 'post-refused-and-sent-again',
    call: { do: 'remember', text: 'tea' },
    exchanges: [
      { status: 503, headers: SOON, json: error(503, 'service_unavailable') },
      { status: 201, json: { id: 'mem_1', content: 'tea' } },
    ],
    outcome: { value: { id: 'mem_1' }, requests: 2 },
  },
  {
    name: 'delete-that-was-lost-and-is-gone',
    call: { do: 'delete' },
    exchanges: [{ cut: 'before' }, { status: 404, json: error(404, 'not_found') }],
    outcome: { requests: 2 },
  },
];
