export { clock } from './feature.js';
