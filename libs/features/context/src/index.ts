export { countTokens } from './count-tokens.js';
export { cutText } from './cut-text.js';
export { fitContext, toMessages } from './fit-context.js';
export type { ContextShares, RunContext } from './run-context.types.js';
