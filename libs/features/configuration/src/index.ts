export { configuration } from './feature.js';
