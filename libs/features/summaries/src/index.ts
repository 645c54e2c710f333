export { Describer, type DescriberOptions } from './describer.js';
export { summaries } from './feature.js';
export { extractSummary, extractTitle } from './extract-outline.js';
