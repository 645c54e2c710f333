/**
 * The house plan as data: three floors (kernel, features, doors), each room on them, and the rooms it may enter.
 * Read by .dependency-cruiser.mjs (imports), scripts/check-house.mjs (files) and scripts/check-packages.mjs (manifests).
 */
/** The ground: knows no feature. */
const kernel = {
  words: [],
  errors: ['words'],
  'language-model': [],
  wire: [],
  net: [],
  text: [],
  config: ['words'],
  telemetry: ['words'],
  db: ['words', 'errors', 'telemetry', 'wire'],
  redis: ['errors', 'telemetry', 'wire'],
  queue: ['errors', 'telemetry', 'redis'],
  work: ['words', 'errors', 'telemetry', 'db', 'queue'],
  events: ['words', 'errors', 'telemetry', 'redis'],
  audit: ['words', 'telemetry', 'db'],
  idempotency: ['words', 'errors', 'db', 'work'],
  auth: ['words', 'errors', 'telemetry', 'redis'],
  settings: ['words', 'errors', 'config', 'telemetry', 'db'],
  feature: ['words', 'errors', 'language-model', 'settings', 'telemetry', 'db', 'redis', 'queue', 'work', 'events'],
};

/** What a feature needs of another is a front door that is named here. */
const features = {
  models: ['words', 'errors', 'language-model', 'telemetry', 'net'],
  conversations: [
    'words', 'errors', 'telemetry', 'db', 'queue', 'work', 'events', 'audit', 'feature', 'files', 'memory', 'language-model', 'usage',
  ],
  memory: ['words', 'errors', 'language-model', 'telemetry', 'text', 'db', 'work', 'audit', 'idempotency', 'feature'],
  embeddings: ['words', 'telemetry', 'net', 'db', 'redis', 'work', 'feature'],
  presence: ['words', 'telemetry', 'db', 'work', 'feature'],
  tokens: ['words', 'errors', 'telemetry', 'db', 'redis', 'work', 'audit', 'auth', 'feature'],
  auditing: ['words', 'config', 'telemetry', 'audit', 'feature'],
  configuration: ['words', 'errors', 'config', 'telemetry', 'db', 'work', 'settings', 'audit', 'feature', 'presence', 'models'],
  chats: ['words', 'errors', 'telemetry', 'db', 'net', 'queue', 'work', 'events', 'settings', 'audit', 'feature', 'conversations'],
  telegram: ['net', 'chats'],
  clock: ['words', 'feature'],
  skills: ['words', 'errors', 'db', 'work', 'audit', 'feature', 'presence', 'files'],
  schedules: ['words', 'errors', 'db', 'work', 'audit', 'feature', 'conversations'],
  lanes: [],
  usage: ['words', 'language-model', 'db', 'work', 'feature'],
  logs: ['words', 'telemetry', 'db', 'feature'],
  openapi: ['words', 'feature'],
  status: ['words', 'errors', 'telemetry', 'work', 'settings', 'feature', 'presence', 'conversations', 'memory', 'skills', 'chats'],
  agent: ['words', 'errors', 'language-model', 'feature', 'models'],
  files: ['words', 'errors', 'language-model', 'db', 'work', 'net', 'feature'],
  context: ['words', 'language-model'],
  summaries: ['words', 'language-model', 'telemetry', 'work', 'feature', 'conversations', 'context'],
  runner: [
    'words', 'errors', 'language-model', 'telemetry', 'redis', 'queue', 'work', 'events', 'feature', 'conversations', 'memory', 'context',
    'files', 'agent', 'models',
  ],
};

/** The one list of the features. */
features.roster = [
  'words', 'feature', 'conversations', 'summaries', 'memory', 'files', 'clock', 'skills', 'schedules', 'usage', 'chats', 'presence',
  'tokens', 'configuration', 'auditing', 'logs', 'status', 'openapi',
];

/** Doors mount features. */
const doors = {
  gateway: [
    'words', 'errors', 'config', 'telemetry', 'settings', 'db', 'redis', 'queue', 'events', 'auth', 'feature', 'conversations',
    'embeddings', 'presence', 'tokens', 'logs', 'roster',
  ],
  worker: [
    'words', 'config', 'language-model', 'telemetry', 'settings', 'db', 'redis', 'queue', 'work', 'events', 'idempotency', 'feature',
    'models', 'conversations', 'memory', 'embeddings', 'presence', 'summaries', 'errors', 'lanes', 'runner', 'files', 'net', 'logs',
    'roster',
  ],
  channels: [
    'config', 'telemetry', 'settings', 'db', 'redis', 'queue', 'work', 'events', 'conversations', 'presence', 'logs', 'chats', 'telegram',
  ],
  embedder: [],
  'skill-gate': ['net', 'lanes'],
  cli: [
    'words', 'errors', 'config', 'telemetry', 'settings', 'db', 'work', 'audit', 'models', 'tokens', 'configuration', 'auditing', 'logs',
    'sdk-node',
  ],
};

const floors = { 'libs/kernel': kernel, 'libs/features': features, apps: doors };

/** Packages of the house that are installed without it; a door uses one as everybody does. */
export const standalone = { '@openclaw/sdk': 'libs/sdk-node' };

const placeOf = (name) =>
  Object.values(standalone).find((place) => place === `libs/${name}`) ??
  Object.entries(floors)
    .map(([floor, names]) => (name in names ? `${floor}/${name}` : ''))
    .join('');

export const rooms = Object.fromEntries(
  Object.entries(floors).flatMap(([floor, names]) =>
    Object.entries(names).map(([name, entered]) => [`${floor}/${name}`, entered.map(placeOf)]),
  ),
);

/** Packages that one room owns: nobody else imports them, so that the rest of the house can be kept from their ways. */
export const owners = {
  '(ai|@ai-sdk|openai|@anthropic-ai|@google)/': 'libs/features/models',
  '@prisma/|pg/|pg-copy-streams/': 'libs/kernel/db',
  'bullmq/': 'libs/kernel/queue',
  'ioredis/': 'libs/kernel/redis',
  '(pino|prom-client)/': 'libs/kernel/telemetry',
  'yaml/': '(libs/kernel/config|libs/features/skills)',
  'typeid-js/': 'libs/kernel/words',
  'koffi/': 'apps/embedder',
  'grammy/': 'libs/features/telegram',
  '(commander|@bomb\\.sh/tab|@clack/prompts)/': 'apps/cli',
  'read-tls-client-hello/': 'apps/skill-gate',
  '(tar|yauzl|semver)/': 'libs/features/skills',
  '(unpdf|file-type)/': 'libs/features/files',
  'ipaddr\\.js/': 'libs/kernel/net',
  '(fastify|@fastify/busboy|ws|@nestjs/platform-fastify|@nestjs/websockets)/': 'apps/gateway',
};

/** Lines of source (tests apart) that a room may hold; raising one is its own commit with the reason in it. */
export const budgets = {
  default: 1600,
  'libs/kernel/words': 2500,
  'libs/features/models': 4600,
  'libs/features/agent': 1100,
  'libs/features/chats': 2900,
  'libs/features/conversations': 2600,
  'libs/features/schedules': 1700,
  'libs/features/files': 2300,
  'libs/features/memory': 4800,
  'libs/features/skills': 2800, // the format as people write it, archives, registries: strangers' input from end to end
  'apps/gateway': 4000,
  'apps/worker': 700,
  'apps/cli': 5000,
};
