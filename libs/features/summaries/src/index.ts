export { Describer, type DescriberOptions } from './describer.js';
export { extractSummary, extractTitle } from './extract-outline.js';
