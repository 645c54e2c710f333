export { status } from './feature.js';
