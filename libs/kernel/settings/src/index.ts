export { followSettings } from './follow-settings.js';
export { LiveSettings } from './live-settings.js';
export { type Overlay, OverlayStore } from './overlay.store.js';
export type { Settings, WrittenSettings } from './settings.js';
