export { MemoryStore, type Memory } from './memory.store.js';
