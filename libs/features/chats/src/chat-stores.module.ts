import type { Database, Query } from '@openclaw/db';
import { DeliveriesStore } from './deliveries.store.js';
import { InboxStore } from './inbox.store.js';
import { moveChat } from './move-chat.store.js';
import { PairingsStore } from './pairings.store.js';
import { StatesStore } from './states.store.js';

/** What several stores write in one go: all of it or nothing. */
export type Transaction = Query;

/** What this room keeps in Postgres. */
export interface ChatStores {
  readonly transaction: <T>(work: (query: Transaction) => Promise<T>) => Promise<T>;
  readonly states: StatesStore;
  readonly inbox: InboxStore;
  readonly pairings: PairingsStore;
  readonly deliveries: DeliveriesStore;
  readonly moveChat: typeof moveChat;
}

/** Opens all of them. */
export function openChatStores(database: Database): ChatStores {
  return {
    transaction: (work) => database.transaction(work),
    states: new StatesStore(database),
    inbox: new InboxStore(database),
    pairings: new PairingsStore(database),
    deliveries: new DeliveriesStore(database),
    moveChat,
  };
}
