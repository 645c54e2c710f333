export { openapi } from './feature.js';
