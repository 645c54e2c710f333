export { connectRedis, untilReady } from './connect-redis.js';
export { isFull } from './is-full.js';
export { Script } from './script.js';
export type { Redis } from 'ioredis';
