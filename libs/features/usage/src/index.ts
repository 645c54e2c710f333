export { usage } from './feature.js';
export { type Usage, usageSchema } from './usage.schema.js';
export { insertSpent, SPENT_PARAMS, spentParams } from './record-usage.store.js';
