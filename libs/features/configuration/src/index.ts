export { configuration } from './feature.js';
export { changeByHand } from './change-by-hand.module.js';
export type { ChangedConfig } from './configuration.schema.js';
