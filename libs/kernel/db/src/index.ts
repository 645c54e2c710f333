export { type ApplicationRole, ensureOwner, grantApplication, type RoleOptions } from './application-role.js';
export { applyMigrations } from './apply-migrations.js';
export { as, Database, type OwnedQuery, type Query, type Viewer } from './database.js';
export { Prisma } from './generated/client.js';
export { isUnreachable } from './is-unreachable.js';
export { type CopiedTable, readTables, replaceTables, type TableReplacement } from './table-copies.js';
export { of, type OwnedStatement, ownedStatement, type Params, type Row, type Statement, statement } from './statement.js';
