export { foldText } from './fold-text.js';
export { indexTerms } from './index-terms.js';
export { readQuery, type QueryWord } from './read-query.js';
