export { presence } from './feature.js';
export { Presence } from './presence.service.js';
export { type KnownProcess, PresenceStore, type PresentProcess, SILENCE_MS } from './presence.store.js';
