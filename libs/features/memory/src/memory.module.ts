import type { Database } from '@openclaw/db';
import { NO_QUESTION_VECTORS, type QuestionVectors } from '@openclaw/feature';
import { DocumentsStore } from './documents.store.js';
import { EntriesStore } from './entries.store.js';
import { FiguresStore } from './figures.store.js';
import { MemorySearch } from './memory-search.js';
import { MemoryService } from './memory.service.js';
import { Recaller } from './recaller.js';
import { RecallsStore } from './recalls.store.js';
import { DEFAULT_WEIGHTS, type ScoreWeights } from './score-hits.js';
import { SearchStore } from './search.store.js';
import { TermsStore } from './terms.store.js';
import { VectorsStore } from './vectors.store.js';

/** Search alone, for rooms that need no more of memory. */
export function openSearch(database: Database, questions: QuestionVectors = NO_QUESTION_VECTORS): MemorySearch {
  return new MemorySearch(new SearchStore(database), new TermsStore(database), { questions, vectors: new VectorsStore(database) });
}

/** What memory brings to the turns of a run. */
export function openRecaller(
  database: Database,
  weights: () => ScoreWeights = () => DEFAULT_WEIGHTS,
  questions?: QuestionVectors,
): Recaller {
  return new Recaller(openSearch(database, questions), new RecallsStore(database), weights);
}

/** The whole room on one database. */
export function openMemory(
  database: Database,
  weights: () => ScoreWeights = () => DEFAULT_WEIGHTS,
  questions?: QuestionVectors,
): MemoryService {
  const stores = {
    entries: new EntriesStore(database),
    figures: new FiguresStore(database),
    documents: new DocumentsStore(database),
    vectors: new VectorsStore(database),
  };
  return new MemoryService({ ...stores, search: openSearch(database, questions) }, weights);
}
