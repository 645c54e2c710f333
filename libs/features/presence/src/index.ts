export { presence } from './feature.js';
export { Presence } from './presence.service.js';
export { PresenceStore, type PresentProcess } from './presence.store.js';
