export { Authenticator, type AuthenticatorOptions, rateLimited } from './authenticator.js';
export { RateLimiter, type RateLimiterOptions } from './rate-limiter.js';
export { type BucketShape, type BucketState, refill, take, type Take } from './token-bucket.js';
