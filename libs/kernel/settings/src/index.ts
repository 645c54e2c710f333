export { followSettings, type FollowSettingsOptions } from './follow-settings.js';
export { LiveSettings, type LiveSettingsOptions, type SettingsState } from './live-settings.js';
export { type Overlay, OverlayStore } from './overlay.store.js';
export { fixedSettings, type Settings } from './settings.js';
