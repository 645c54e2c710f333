import { z } from 'zod';
import { count, durationMs, flag, integer, list, listOf, live, local, proxyUrl, secret, section, share } from './config-fields.js';
import { memorySchema } from './memory-config.schema.js';
import { providersSchema } from './provider.schema.js';
import { isTimeZone } from './time-zone.js';

const gatewaySchema = section({
  port: integer(1, 65_535).default(18_789).describe('The gateway’s TCP port; under Compose set OPENCLAW_PORT, which publishes it too'),
  bind: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('IP address or localhost; inside a container 0.0.0.0, which Compose publishes on loopback only'),
  auth: section({
    enabled: flag(true).describe('Whether callers need a token; false is obeyed only when bound to loopback'),
    token: secret().describe(
      'The gateway token, at least 16 characters; where it is empty, one is made at the first start and kept in the data folder',
    ),
  }),
  allowed_hosts: list().describe('Host names beside loopback by which the gateway may be called'),
  allowed_origins: list().describe('Browser origins beside its own that may call'),
  rate_limit: live(
    section({
      requests_per_minute: count(60).describe('Requests that one token may make in a minute'),
      burst: count(10, 0).describe('Requests beyond the steady rate that a token may make at once'),
      frames_per_minute: count(6000, 60).describe(
        'WebSocket frames of all kinds that one token may send in a minute, half of them at once; large ones count more',
      ),
      failed_authentications_per_minute: count(30).describe('Failed authentications in a minute before an address gets 429'),
    }),
  ),
  queue: live(
    section({
      max_size: count(1000).describe('Runs that may wait; beyond it 503'),
      timeout_ms: durationMs(30_000).describe('How long a caller waits who names no timeout_ms'),
    }),
  ),
  limits: section({
    body_bytes: count(1_048_576, 1024, 104_857_600).describe('Largest request body; beyond it 413'),
    file_bytes: count(26_214_400, 1024, 104_857_600).describe('Largest file of POST /files; beyond it 413'),
    person_file_bytes: count(1_073_741_824, 1024, 1_099_511_627_776).describe(
      'What the files of one person may take together; beyond it 403',
    ),
    upload_timeout_ms: durationMs(600_000).describe(
      'How long a client may take to send a file, as long as something of it arrives within request_timeout_ms',
    ),
    header_bytes: count(16_384, 4096, 65_536).describe('Largest request head'),
    connections: count(1000, 1, 60_000).describe(
      'Connections open at once, WebSockets included; where more come, the oldest that has shown no token goes',
    ),
    request_timeout_ms: durationMs(30_000).describe('How long a client may take to send a request'),
    sockets: count(500, 1, 60_000).describe('Authenticated WebSockets open at once'),
    sockets_unauthenticated: count(32).describe(
      'WebSockets of one address that have not yet authenticated; where more come, the oldest goes',
    ),
    socket_auth_timeout_ms: durationMs(5_000).describe('How long a new WebSocket may take to authenticate'),
    client_memory_bytes: count(33_554_432, 8_388_608, 68_719_476_736).describe(
      'What all clients together may leave unread or unfinished; beyond it whoever stands still the longest is cut off',
    ),
    stream_buffer_bytes: count(4_194_304, 65_536, 67_108_864).describe('What a slow reader may let pile up'),
  }),
  logging: live(
    section({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info').describe('The least level that is logged'),
      keep_mb: count(512, 1, 1_000_000).describe(
        'What the lines that GET /logs shows may take in Postgres, in MiB; beyond it the oldest go',
      ),
      keep_days: count(14, 1, 3650).describe('For how long they are kept'),
    }),
  ),
});

const TITLES = ['auto', 'extract', 'off'] as const;

const agentSchema = section({
  max_turns: count(12, 1, 100).describe('Model calls in one run'),
  queue_wait_timeout_ms: durationMs(3_600_000).describe('How long a message may wait for its turn before it fails'),
  run_timeout_ms: durationMs(300_000).describe('How long one run may take in all'),
  connect_timeout_ms: durationMs(10_000).describe('How long a connection to a provider may take to open'),
  first_token_timeout_ms: durationMs(60_000).describe('How long a model may think before it says something'),
  stall_timeout_ms: durationMs(30_000).describe('Longest silence between two pieces of a reply'),
  time_zone: z
    .string()
    .refine(isTimeZone, 'must be a time zone such as Europe/Berlin')
    .optional()
    .describe('Where the agent lives: the time that it is told is that of this zone; TZ where left out, else UTC'),
  titles: z
    .enum(TITLES)
    .default('auto')
    .describe(
      'Titles of conversations. auto: the first words of the first question, and once there is a second one a model names it; extract: the first words only; off: none',
    ),
  tool_timeout_ms: durationMs(30_000).describe('How long one tool call may take'),
  tool_calls_per_turn: count(16, 1, 128).describe('Tool calls taken in one turn of the model; the rest fail'),
  tool_arguments_characters: count(100_000, 1000, 10_000_000).describe('Longer arguments of a tool call are refused'),
  tool_result_characters: count(20_000, 100).describe('A longer result of a tool is cut in the middle'),
  context: section({
    system: share(0.15).describe('Part of the window for the character and the instructions'),
    recent: share(0.4).describe('Part of the window for the newest turns'),
    memory: share(0.2).describe('Part of the window for the summary, and for what memory brings to a turn'),
    tools: share(0.15).describe('Part of the window for tools and their results'),
    reply: share(0.1).describe('Part of the window kept free for the reply'),
  }),
  turn_characters: count(1_000_000, 1000, 10_000_000).describe('Most text of one turn of the model; beyond it the model is stopped'),
});

const costControlSchema = section({
  timezone: z
    .string()
    .refine(isTimeZone, 'must be a time zone such as Europe/Berlin')
    .default('UTC')
    .describe('Whose days GET /usage adds up, and what today is in GET /status'),
});

const registry = (): z.ZodString =>
  z.string().regex(/^(?:bundled$|\/|https:\/\/)/, 'must be bundled, an https address, or a folder from / on');

const skillsSchema = section({
  registries: listOf(registry(), ['bundled']).describe(
    'Where skills are installed from by name, in this order: bundled, the https address of an index.json, or a folder of the gateway',
  ),
  env: z
    .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be a name in capitals'), secret())
    .default({})
    .describe('Values that skills may be given, by the names that they ask for with env:<NAME>'),
});

const workerSchema = section({
  concurrency: live(count(16, 1, 1000).describe('Runs that one worker has in hand at once')),
  background_concurrency: live(count(4, 1, 1000).describe('Pieces of background work that one worker has in hand beside its runs')),
  lease_ms: durationMs(6_000, 1000).describe('How long a run belongs to a worker that fell silent'),
  heartbeat_ms: durationMs(2_000, 100).describe('How often a worker renews its lease; under half of lease_ms'),
  sweep_ms: durationMs(2_000, 100).describe('How often runs whose job or worker was lost are looked for'),
  attempts_max: live(count(5, 1, 100).describe('How often a run may lose its worker before it fails')),
  metrics: section({
    port: integer(0, 65_535).default(0).describe('Where a worker serves GET /metrics, without a token; 0 for nowhere'),
    bind: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('IP address or localhost; inside a container 0.0.0.0, on a network that only Prometheus and workers share'),
  }),
  shutdown_ms: durationMs(25_000, 100).describe('How long a stopping worker may take to finish its runs'),
});

/** What every channel to a platform has. */
const platform = {
  enabled: flag(false).describe('Whether the channel is served'),
  max_age: integer(60, 30 * 86_400)
    .default(43_200)
    .describe('Seconds after which a message that waited while nobody listened is not answered any more'),
};

/** A key of Standard Webhooks. */
const signingSecret = (): z.ZodDefault<z.ZodString> =>
  z
    .string()
    .regex(/^(?:|(?:whsec_)?[A-Za-z0-9+/]{32,86}={0,2})$/, 'must be whsec_ and 24 to 64 random bytes in base64')
    .default('')
    .meta({ secret: true });

const webhookSchema = z.strictObject({
  enabled: flag(true).describe('Whether it is served'),
  secret: signingSecret().describe(
    'Signs both ways by Standard Webhooks: whsec_ and 24 to 64 bytes in base64; without one it is not served',
  ),
  previous_secret: signingSecret().describe('The one before, while the other side still has it: both are taken, and both sign'),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where replies are sent; without it they stay in the conversation'),
  person: z
    .string()
    .regex(/^[^\s\p{C}]{1,300}$/u)
    .optional()
    .describe('Whose messages these are; webhook:<name> where left out'),
});

const channelsSchema = section({
  telegram: section({
    ...platform,
    token: secret().describe('The bot’s token, as BotFather gave it'),
    allowed_users: list().describe('Ids of users who are let in without a pairing, each as a person of its own'),
    url: z
      .url({ protocol: /^https?$/ })
      .default('https://api.telegram.org')
      .describe('The Bot API’s address, where it is another'),
  }),
  webhook: z
    .record(z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/), webhookSchema)
    .default({})
    .describe('Programs that talk to the agent by signed requests, each under its name'),
});

/** The whole of gateway.yaml, and by its paths of the environment. Unknown keys are errors. */
export const configSchema = z
  .strictObject({
    gateway: gatewaySchema,
    providers: live(providersSchema),
    agent: live(agentSchema),
    memory: live(memorySchema),
    skills: live(skillsSchema),
    cost_control: live(costControlSchema),
    worker: workerSchema,
    channels: live(channelsSchema),
    database: local(
      section({
        url: z
          .string()
          .default('postgresql://openclaw@127.0.0.1:5432/openclaw')
          .meta({ secret: true })
          .describe('Postgres, as postgresql://user:password@host:port/database'),
        password_file: z.string().optional().describe('A file with the password, where the URL has none'),
        pool_max: count(10, 2, 200).describe('Connections that one process may hold'),
        size_max_mb: count(20_480, 1, 1_000_000_000).describe('How large the database may become, in MiB; beyond it new messages get 503'),
      }),
    ),
    skill_gate: local(
      section({
        url: z
          .string()
          .default('')
          .meta({ secret: true })
          .describe(
            'skill-gate, by which workers have the code of skills run, as http://worker:password@host:port; without one none is run',
          ),
        password_file: z.string().optional().describe('A file with the password, where the URL has none'),
      }),
    ),
    proxy: section({
      http: proxyUrl().describe('Proxy through which providers and files at http addresses are reached, as http://user:password@host:port'),
      https: proxyUrl().describe('The same for https addresses; as proxy.http where left out'),
      except: list().describe(
        'Who is reached straight: names, addresses, networks such as 10.0.0.0/8, with or without a port; loopback and Compose’s own names always',
      ),
    }),
    redis: local(
      section({
        url: z
          .string()
          .default('redis://127.0.0.1:6379')
          .meta({ secret: true })
          .describe('Redis, as redis://user:password@host:port/database; rediss:// for TLS'),
        password_file: z.string().optional().describe('A file with the password, where the URL has none'),
        prefix: z
          .string()
          .regex(/^[a-z0-9_-]{1,64}$/)
          .default('openclaw')
          .describe('First part of every key'),
      }),
    ),
  })
  .meta({ id: 'Config' });
/** The whole configuration, every key with its value. */
export type Config = z.infer<typeof configSchema>;
