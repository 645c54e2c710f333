export { applyMigrations, type MigrationOptions } from './apply-migrations.js';
export { Database, type DatabaseOptions, type Query } from './database.js';
export { Prisma, type PrismaClient } from './generated/client.js';
export { isUnreachable } from './is-unreachable.js';
export { of, type Params, type Row, type Statement, statement } from './statement.js';
