export { followSettings } from './follow-settings.js';
export { LiveSettings } from './live-settings.js';
export { OverlayStore } from './overlay.store.js';
export type { Settings } from './settings.js';
