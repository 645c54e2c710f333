export { applyMigrations, type MigrationOptions } from './apply-migrations.js';
export { Database, type DatabaseOptions, type Query, type Statement } from './database.js';
export { Prisma, type PrismaClient } from './generated/client.js';
export { isUnreachable } from './is-unreachable.js';
