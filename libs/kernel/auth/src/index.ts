export { Authenticator, rateLimited } from './authenticator.js';
export { FailureBudget } from './failure-budget.js';
export type { IssuedTokens } from './issued-tokens.types.js';
export { networkOf } from './network-of.js';
export { PassedTokens } from './passed-tokens.js';
export { RateLimiter } from './rate-limiter.js';
export { type BucketShape, type BucketState, refill, take } from './token-bucket.js';
