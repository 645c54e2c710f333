export { AskWorkers } from './ask-workers.js';
export { composeEmbeddings, type WorkerEmbeddings } from './embeddings.module.js';
export { LimitedQuestions } from './limited-questions.js';
