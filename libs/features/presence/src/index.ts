export { presence } from './feature.js';
export { Presence, type PresenceOptions } from './presence.service.js';
export { PresenceStore, type PresentProcess, type ProcessKind } from './presence.store.js';
