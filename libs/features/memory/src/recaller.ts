import { type Caller, type ConversationId, idToUuid, type MemoryId, type MessageId, uuidToId } from '@openclaw/words';
import { chooseRecalled } from './choose-recalled.js';
import type { Hit, MemorySearch } from './memory-search.js';
import { FLAG } from './rank-entries.js';
import type { RecalledEntry, RecallsStore } from './recalls.store.js';
import { scoreHits, type ScoreWeights } from './score-hits.js';
import type { FoundBody } from './search.types.js';

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
/** Something is always the nearest in meaning: what has no word of the question must stand out by so many deviations, and is never many. */
const MEANT_MIN = 2;
const MEANT_MAX = 2;
const ENDS_ASKING = /[?？؟]\s*$/;

/**
 * question ─┬─ what its turn was shown before? ───────────────┬─► without what the thread holds ─► kept with the turn
 *           └─ the search of everybody, by words and meaning ─┘
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
    const questions = turn.thread.flatMap(({ id, role }) => (role === 'user' ? [id] : []));
    // Side by side: only an attempt that comes again looks for what is known.
    const [known, found] = await Promise.all([this.#recalls.find(caller, questions), this.#find(caller, question.content, turn)]);
    if (known.has(question.id)) return known;
    const chosen = await this.#choose(caller, question.content, turn, {
      ...found,
      shown: new Set([...known.values()].flat().map(({ id }) => id)),
    });
    await this.#recalls.keep(
      caller,
      question.id,
      chosen.map(({ id }) => id),
    );
    return known.set(question.id, chosen);
  }

  /** In this conversation, where it is longer than its thread, and everywhere, where the caller may read memory. */
  async #find(caller: Caller, question: string, { conversationId, thread, hasEarlier, at }: RecallFor): Promise<Finds<Hit[]>> {
    const mayRead = caller.scopes.includes('read');
    const filters = [...(hasEarlier ? [{ conversationId }] : []), ...(mayRead ? [{}] : [])];
    const ownEntries = thread.length === 1 && !hasEarlier ? 1 : 0;
    const found = await this.#search.findForTurn(caller, question, { filters, ownEntries, now: at });
    return { here: hasEarlier ? (found[0] ?? []) : [], everywhere: mayRead ? (found.at(-1) ?? []) : [] };
  }

  async #choose(
    caller: Caller,
    question: string,
    { thread, at }: RecallFor,
    { here, everywhere, shown }: Finds<Hit[]> & { shown: ReadonlySet<MemoryId> },
  ): Promise<RecalledEntry[]> {
    const seen = new Set<string | null>(thread.map(({ id }) => idToUuid(id)));
    const bestOf = (found: readonly Hit[]): readonly Hit[] => {
      const hits = found.filter(({ entry }) => !entry.isSuperseded && !seen.has(entry.messageId) && !shown.has(uuidToId('mem', entry.id)));
      // the same question, asked before, answers nothing
      const best = hits.find(({ entry }) => (entry.flags & FLAG.endsAsking) === 0) ?? hits[0];
      return scoreHits(
        hits.filter(({ strength }) => strength >= STRENGTH_SHARE_MIN * (best?.strength ?? 0)),
        this.#weights(),
        at,
        READ_MAX,
      );
    };
    const [near, far] = [bestOf(here), bestOf(everywhere)];
    const bodies = await this.#search.show(caller, [...new Set([...near, ...far].map(({ entry }) => uuidToId('mem', entry.id)))]);
    const told = { question, texts: thread.map(({ content }) => content) };
    const fromHere = chooseRecalled(toRecalled(near, bodies), told, FROM_HERE_MAX);
    return chooseRecalled([...fromHere, ...toRecalled(far, bodies)], told, SHOWN_MAX);
  }
}

interface Finds<T> {
  readonly here: T;
  readonly everywhere: T;
}

/** What stands near a match and has none of its words tells something only where it answers a question, or means what is asked. */
function toRecalled(hits: readonly Hit[], bodies: ReadonlyMap<MemoryId, FoundBody>): RecalledEntry[] {
  let meantOnly = 0;
  return hits.flatMap(({ entry: { id: uuid, author, at }, matched, meant }) => {
    const id = uuidToId('mem', uuid);
    const body = bodies.get(id);
    if (!body) return [];
    const isAnswer = matched.length > 0 || ENDS_ASKING.test(body.before ?? '');
    if (!isAnswer && (meant < MEANT_MIN || meantOnly >= MEANT_MAX)) return [];
    if (!isAnswer) meantOnly += 1;
    return [{ id, content: body.content, author, at: new Date(at), provenance: body.provenance }];
  });
}
