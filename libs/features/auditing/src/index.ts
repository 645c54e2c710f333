export { auditing } from './feature.js';
export { KeptHead } from './kept-head.js';
export { auditListSchema } from './words.js';
