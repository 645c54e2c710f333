/**
 * The house plan as data: each room and the rooms it may enter.
 * Read by .dependency-cruiser.mjs (imports), scripts/check-house.mjs (files) and scripts/check-packages.mjs (manifests).
 */
export const rooms = {
  // words
  'libs/contracts': [],
  'libs/errors': ['libs/contracts'],
  // ground
  'libs/config': ['libs/contracts', 'libs/errors'],
  'libs/telemetry': ['libs/contracts', 'libs/errors'],
  'libs/wire': [],
  // pipes
  'libs/database': ['libs/errors', 'libs/telemetry', 'libs/wire'],
  'libs/redis': ['libs/errors', 'libs/telemetry', 'libs/wire'],
  'libs/queue': ['libs/contracts', 'libs/errors', 'libs/telemetry', 'libs/redis'],
  'libs/events': ['libs/contracts', 'libs/errors', 'libs/telemetry', 'libs/redis'],
  'libs/models': ['libs/contracts', 'libs/errors', 'libs/telemetry'],
  // features: they never enter each other
  'libs/auth': ['libs/contracts', 'libs/errors', 'libs/telemetry', 'libs/database', 'libs/redis'],
  'libs/conversations': ['libs/contracts', 'libs/errors', 'libs/telemetry', 'libs/database', 'libs/redis', 'libs/queue', 'libs/events'],
  'libs/memory': ['libs/contracts', 'libs/errors', 'libs/telemetry', 'libs/database'],
  'libs/presence': ['libs/contracts', 'libs/errors', 'libs/telemetry', 'libs/database'],
  'libs/agent': ['libs/contracts', 'libs/errors', 'libs/models'],
  'libs/attachments': ['libs/contracts', 'libs/models'],
  'libs/context': ['libs/models'],
  // composition
  'libs/summaries': ['libs/contracts', 'libs/errors', 'libs/telemetry', 'libs/conversations', 'libs/models', 'libs/context'],
  'libs/tools': ['libs/contracts', 'libs/errors', 'libs/agent', 'libs/memory'],
  'libs/runner': [
    'libs/contracts', 'libs/errors', 'libs/telemetry', 'libs/redis', 'libs/queue', 'libs/events',
    'libs/conversations', 'libs/memory', 'libs/presence', 'libs/context', 'libs/attachments', 'libs/agent', 'libs/models', 'libs/tools',
  ],
  // doors
  'apps/gateway': [
    'libs/contracts', 'libs/errors', 'libs/config', 'libs/telemetry', 'libs/database', 'libs/redis', 'libs/queue', 'libs/events',
    'libs/models', 'libs/auth', 'libs/conversations', 'libs/memory', 'libs/presence',
  ],
  'apps/worker': [
    'libs/contracts', 'libs/errors', 'libs/config', 'libs/telemetry', 'libs/database', 'libs/redis', 'libs/queue', 'libs/events',
    'libs/models', 'libs/conversations', 'libs/memory', 'libs/presence', 'libs/context', 'libs/summaries', 'libs/agent', 'libs/tools',
    'libs/runner',
  ],
  'apps/cli': ['libs/contracts', 'libs/errors', 'libs/config', 'libs/telemetry', 'libs/database', 'libs/auth'],
};

/** Packages that one room owns: nobody else imports them, so that the rest of the house can be kept from their ways. */
export const owners = {
  '(ai|@ai-sdk|openai|@anthropic-ai|@google)/': 'libs/models',
  '@prisma/|pg/': 'libs/database',
  'bullmq/': 'libs/queue',
  'ioredis/': 'libs/redis',
  'pino/': 'libs/telemetry',
  'yaml/': 'libs/config',
  'typeid-js/': 'libs/contracts',
  '(unpdf|ipaddr\\.js)/': 'libs/attachments',
  '(fastify|ws|@nestjs/platform-fastify|@nestjs/websockets)/': 'apps/gateway',
};

/** Lines of source (tests apart) that a room may hold; raising one is its own commit with the reason in it. */
export const budgets = {
  default: 1500,
  'libs/contracts': 2500,
  'libs/models': 3000,
  'libs/agent': 1000,
  'apps/gateway': 3000,
  'apps/worker': 600,
  'apps/cli': 1000,
};
