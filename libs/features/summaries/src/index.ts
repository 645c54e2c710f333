export { summaries } from './feature.js';
export { extractTitle } from './extract-outline.js';
