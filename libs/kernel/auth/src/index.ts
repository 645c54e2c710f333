export { Authenticator, type AuthenticatorOptions, rateLimited } from './authenticator.js';
export { FailureBudget, type FailureBudgetOptions } from './failure-budget.js';
export type { IssuedTokens } from './issued-tokens.types.js';
export { networkOf } from './network-of.js';
export { PassedTokens, type PassedTokensOptions } from './passed-tokens.js';
export { RateLimiter, type RateLimiterOptions } from './rate-limiter.js';
export { type BucketShape, type BucketState, refill, take, type Take } from './token-bucket.js';
