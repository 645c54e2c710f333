export { AdoptStore } from './adopt.store.js';
export { memory } from './feature.js';
export { Keeper } from './keeper.js';
export {
  addedMemorySchema,
  compactingSchema,
  memoryDocumentSchema,
  memoryDocumentsSchema,
  memoryResultsSchema,
  memorySchema,
  memoryStatsSchema,
  prunedMemorySchema,
} from './memory.schema.js';
export { MemorySearch } from './memory-search.js';
export type { RecalledEntry } from './recalls.store.js';
export { MemoryService } from './memory.service.js';
export { openMemory, openRecaller, openSearch } from './memory.module.js';
export { TermsStore } from './terms.store.js';
export { ADVANCE, ASSISTANT, insertTurns, TURN_PARAMS, turnParams } from './turns.store.js';
