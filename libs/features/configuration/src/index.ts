export { configuration } from './feature.js';
export { changeByHand } from './change-by-hand.module.js';
