import { type Caller, type ConversationId, idToUuid, type MemoryId, type MessageId, uuidToId } from '@openclaw/words';
import { chooseRecalled } from './choose-recalled.js';
import type { Hit, MemorySearch } from './memory-search.js';
import { FLAG } from './rank-entries.js';
import type { RecalledEntry, RecallsStore } from './recalls.store.js';
import { scoreHits, type ScoreWeights } from './score-hits.js';
import type { EntryFilter } from './search.store.js';

/** A message of the thread that a run answers. */
export interface ThreadMessage {
  readonly id: MessageId;
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** The turn for which something is recalled. */
export interface RecallFor {
  readonly conversationId: ConversationId;
  /** Oldest first; the last one is the question. */
  readonly thread: readonly ThreadMessage[];
  /** True where the conversation began before the thread: then it is searched for itself too. */
  readonly hasEarlier: boolean;
  /** When the question was asked: "yesterday" is reckoned from it. */
  readonly at: Date;
}

/** Memories with one turn at most. */
const SHOWN_MAX = 6;
/** Of them, what the beginning of a long conversation may take. */
const FROM_HERE_MAX = 3;
/** Hits that are read to choose from. */
const READ_MAX = 18;
/** What answers so much worse than the best hit does not answer. */
const STRENGTH_SHARE_MIN = 0.35;
const ENDS_ASKING = /[?？؟]\s*$/;

/**
 * question ─► what its turn was shown before? ─► else the search of everybody ─► without what the thread holds ─► kept with the turn
 *
 * What memory brings to each turn of a thread. It is looked up once, when a question is first answered, and kept by its ids: a turn comes
 * out the same in every later request, but for what was forgotten or corrected since.
 */
export class Recaller {
  readonly #search: MemorySearch;
  readonly #recalls: RecallsStore;
  readonly #weights: () => ScoreWeights;

  constructor(search: MemorySearch, recalls: RecallsStore, weights: () => ScoreWeights) {
    this.#search = search;
    this.#recalls = recalls;
    this.#weights = weights;
  }

  /** For every question of the thread that has any. A caller who may not read memory gets what the conversation itself says. */
  async recall(caller: Caller, turn: RecallFor): Promise<ReadonlyMap<MessageId, readonly RecalledEntry[]>> {
    const question = turn.thread.at(-1);
    if (question === undefined) return new Map();
    const known = await this.#recalls.find(caller, turn.thread.flatMap(({ id, role }) => (role === 'user' ? [id] : [])));
    if (known.has(question.id)) return known;
    const chosen = await this.#look(caller, question.content, turn, new Set([...known.values()].flat().map(({ id }) => id)));
    await this.#recalls.keep(caller, question.id, chosen.map(({ id }) => id));
    return known.set(question.id, chosen);
  }

  async #look(caller: Caller, question: string, turn: RecallFor, shown: ReadonlySet<MemoryId>): Promise<RecalledEntry[]> {
    const { conversationId, thread, hasEarlier, at } = turn;
    const seen = new Set<string | null>(thread.map(({ id }) => idToUuid(id)));
    const find = async (filter: EntryFilter): Promise<Hit[]> => {
      const hits = (await this.#search.find(caller, question, filter, at)).filter(({ entry }) =>
        !entry.isSuperseded && !seen.has(entry.messageId) && !shown.has(uuidToId('mem', entry.id)));
      const best = hits.find(({ entry }) => (entry.flags & FLAG.endsAsking) === 0) ?? hits[0]; // the same question, asked before, answers nothing
      return hits.filter(({ strength }) => strength >= STRENGTH_SHARE_MIN * (best?.strength ?? 0));
    };
    const here = hasEarlier ? await this.#read(caller, await find({ conversationId }), at) : [];
    const everywhere = caller.scopes.includes('read') ? await this.#read(caller, await find({}), at) : [];
    const told = { question, texts: thread.map(({ content }) => content) };
    const fromHere = chooseRecalled(here, told, FROM_HERE_MAX);
    return chooseRecalled([...fromHere, ...everywhere], told, SHOWN_MAX);
  }

  async #read(caller: Caller, hits: readonly Hit[], now: Date): Promise<RecalledEntry[]> {
    const best = scoreHits(hits, this.#weights(), now, READ_MAX);
    const ids = best.map(({ entry }) => uuidToId('mem', entry.id));
    const bodies = await this.#search.show(caller, ids);
    return best.flatMap(({ entry: { author, at }, matched }, index) => {
      const id = ids[index];
      const body = id && bodies.get(id);
      // What stands near a match and has none of its words tells something only where it answers a question.
      return body && (matched.length > 0 || ENDS_ASKING.test(body.before ?? '')) ? [{ id, content: body.content, author, at: new Date(at), provenance: body.provenance }] : [];
    });
  }
}
