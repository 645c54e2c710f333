export { countTokens } from './count-tokens.js';
export { cutText, type CutWhere } from './cut-text.js';
export { type ContextShares, fitContext, type RunContext, toMessages } from './fit-context.js';
