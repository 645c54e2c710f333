export { checkKey } from './check-key.js';
export type { Clock } from './clock.js';
export { suggestFor, type ProviderReport } from './check-provider.js';
export { createModel, probeProvider } from './create-model.js';
export { ModelRouter } from './model-router.js';
export { OfflineModel } from './offline-model.js';
export type { ModelTimeouts } from './patience.js';
