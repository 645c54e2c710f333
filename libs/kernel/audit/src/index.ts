export { type AuditEntry, auditEntrySchema, type AuditHead, EMPTY_HEAD, readEntry } from './audit-entry.js';
export { AuditStore, type AuditRow } from './audit.store.js';
export { RESTORED, verifyChain } from './verify-chain.js';
export { type Actor, SYSTEM, writeAudit, writeRestored } from './write-audit.store.js';
