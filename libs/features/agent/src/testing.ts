export { MemoryJournal, type JournalOperation } from './memory-journal.fake.js';
