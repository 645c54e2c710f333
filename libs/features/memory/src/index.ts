export { AdoptStore } from './adopt.store.js';
export { EntriesStore } from './entries.store.js';
export { type EntryKind, type Provenance } from './entry.types.js';
export { FiguresStore } from './figures.store.js';
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
export { Recaller, type RecallFor } from './recaller.js';
export { type RecalledEntry, RecallsStore } from './recalls.store.js';
export { MemoryService, type Recollection } from './memory.service.js';
export { openMemory, openRecaller, openSearch } from './memory.module.js';
export { DEFAULT_WEIGHTS, type ScoreWeights } from './score-hits.js';
export { SearchStore } from './search.store.js';
export { TermsStore } from './terms.store.js';
export { ADVANCE, ASSISTANT, insertTurns, TURN_PARAMS, turnParams } from './turns.store.js';
