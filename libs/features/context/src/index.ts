export { countTokens } from './count-tokens.js';
export { cutText } from './cut-text.js';
export { fitContext, type OnFit, toMessages } from './fit-context.js';
export type { ContextShares, Cuts, RunContext } from './run-context.types.js';
