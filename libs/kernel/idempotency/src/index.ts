export { forgetUsedKeys, takeKey, type KeyedRequest } from './take-key.store.js';
