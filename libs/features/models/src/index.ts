export type { Clock } from './clock.js';
export { contextLengthOf, type ContextLength } from './context-length.js';
export { suggestFor, type ProviderReport } from './check-provider.js';
export { createModel, probeProvider, type CreateModelOptions, type ProbeOptions } from './create-model.js';
export { describeModel, type ModelFacts, type ModelPrice } from './model-catalogue.js';
export { ModelRouter } from './model-router.js';
export { OfflineModel } from './offline-model.js';
export type { ModelTimeouts } from './patience.js';
