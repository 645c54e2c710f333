export { connectRedis, untilReady, type RedisRole, type RedisSettings } from './connect-redis.js';
export type { Redis } from 'ioredis';
