export { AskWorkers, type AskWorkersOptions } from './ask-workers.js';
export { composeEmbeddings, type WorkerEmbeddings, type WorkerEmbeddingsOptions } from './embeddings.module.js';
export { LimitedQuestions } from './limited-questions.js';
