export { type Actor, writeAudit } from './write-audit.store.js';
