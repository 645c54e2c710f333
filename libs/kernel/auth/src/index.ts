export { Authenticator, type AuthenticatorOptions, rateLimited } from './authenticator.js';
export { RateLimiter, type RateLimiterOptions } from './rate-limiter.js';
export type { BucketShape, Take } from './token-bucket.js';
