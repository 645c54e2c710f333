import type { Caller, ConversationId, MemoryId } from '@openclaw/words';
import type { NoVector, QuestionVector, QuestionVectors } from '@openclaw/feature';
import { foldText, type QueryWord, readQuery } from '@openclaw/text';
import { chooseCandidates, type CountedWord, rarest, weightOf, wordQuery } from './choose-candidates.js';
import { toDeviations } from './join-likeness.js';
import { rankEntries } from './rank-entries.js';
import { asksWhen, readTimeSpans, type TimeSpan } from './read-time-span.js';
import type { SearchStore } from './search.store.js';
import type { EntryFilter, FoundBody, PassageBody, PassageCandidate, Scope, StoredCandidate } from './search.types.js';
import { nearestTerms } from './nearest-terms.js';
import type { LogFigures, TermsStore } from './terms.store.js';
import type { VectorsStore } from './vectors.store.js';

/** An entry that answers a question, and how well. */
export interface Hit {
  readonly entry: StoredCandidate;
  /** Above 0, without a scale: the best hit's is 1 against which others are read. */
  readonly strength: number;
  /** The words of the question that are in the entry, as they were written. */
  readonly matched: readonly string[];
  /** How many deviations nearer in meaning it is than the candidates are on the whole; 0 where vectors had no part in it. */
  readonly meant: number;
}

/** A passage of a document that answers a question. */
export interface PassageHit extends Omit<Hit, 'entry' | 'meant'> {
  readonly entry: PassageCandidate;
}

/** What a search reads at most: entries of a log that is read whole, entries that words promise to find, entries of conversations. */
export interface SearchLimits {
  readonly whole: number;
  readonly budget: number;
  readonly conversations: number;
}

const LIMITS: SearchLimits = { whole: 4000, budget: 4000, conversations: 50_000 };
/** Whose entries are looked at; null for everybody's. */
type Whose = Pick<Caller, 'person' | 'sees'>;
/** Of what its words weigh, a conversation must have so much to be about them. */
const CONVERSATION_SHARE = 0.6;

/** What is left of the strength of an entry that a newer one corrects. */
const SUPERSEDED = 0.25;

/** What such a pair counts. */
const CHANCE = 0.4;

/**
 * What a search found, and whether meaning had a part in it: `late` where a vector, of the question or of all entries, is still to come.
 */
export interface Found {
  readonly hits: Hit[];
  readonly embeddings: 'used' | NoVector;
}

/** How a search finds what has none of its words. */
export interface MeaningParts {
  readonly questions: QuestionVectors;
  readonly vectors: VectorsStore;
}

interface Question {
  readonly words: readonly CountedWord[];
  readonly figures: LogFigures;
  readonly weights: readonly number[];
}

/** How a question is read: with what is new counted first, with words mended that are nowhere, and mistyped ones too. */
interface Manner {
  readonly counts: boolean;
  readonly mends: boolean;
  readonly loose: boolean;
}

const READ_WELL: Manner = { counts: true, mends: true, loose: true };
const READ_AS_IT_IS: Manner = { counts: false, mends: false, loose: false };

/** What is looked for on a turn. */
export interface TurnSearch {
  readonly filters: readonly EntryFilter[];
  readonly ownEntries: number;
  readonly now: Date;
}

/** A question that was read: it can be looked for in several places. */
interface Asked extends Question {
  readonly own: Whose;
  readonly query: string;
  readonly spans: readonly TimeSpan[];
  readonly vector: Promise<QuestionVector | NoVector>;
}

/**
 * words ─► how rare each is ─► the rarest, and pairs of others ─► candidates with what stands around them ─► ranked
 *
 * Finds what was said or saved, in a person's log, by words, by what stands around them, and by what it means where vectors are there. A
 * query is text, never syntax: any
 * input finds something or nothing. What it reads is bounded by `limits`, not by the size of the log.
 */
export class MemorySearch {
  readonly #entries: SearchStore;
  readonly #terms: TermsStore;
  readonly #meaning: MeaningParts;
  readonly #limits: SearchLimits;

  constructor(entries: SearchStore, terms: TermsStore, meaning: MeaningParts, limits: SearchLimits = LIMITS) {
    this.#entries = entries;
    this.#terms = terms;
    this.#meaning = meaning;
    this.#limits = limits;
  }

  /** Who makes vectors of questions; null for nobody. */
  get embedder(): string | null {
    return this.#meaning.questions.provider;
  }

  /** The entries that answer the question, best first, each text once; what is superseded comes after what replaced it. */
  async find(caller: Caller, query: string, filter: EntryFilter, now: Date): Promise<Hit[]> {
    return (await this.search(caller, query, filter, now)).hits;
  }

  /**
   * As {@link find}, and what came of the question's vector, which is asked for while words are looked up, and waited for so long and no
   * longer.
   */
  async search(caller: Caller, query: string, filter: EntryFilter, now: Date): Promise<Found> {
    return this.#find(await this.#ask(caller, query, now, READ_WELL), filter);
  }

  /**
   * As {@link find} in several places side by side, for a turn that has just been written: the question is read once, what is new is not
   * counted first, and no word is mended, since the turn itself has them all.
   * @param ownEntries entries that the turn itself may have made: a log that holds no more is not looked at
   */
  async findForTurn(caller: Caller, query: string, { filters, ownEntries, now }: TurnSearch): Promise<Hit[][]> {
    if (filters.length === 0) return [];
    const asked = await this.#ask(caller, query, now, READ_AS_IT_IS);
    if (asked.figures.entries + asked.figures.fresh <= ownEntries) return filters.map(() => []);
    return Promise.all(filters.map(async (filter) => (await this.#find(asked, filter)).hits));
  }

  async #ask({ person }: Caller, query: string, now: Date, manner: Manner): Promise<Asked> {
    const own = { person, sees: person };
    const vector = this.#meaning.questions.ask(query);
    return { own, query, vector, spans: readTimeSpans(query, now), ...(await this.#read(own, query, manner)) };
  }

  async #find(question: Asked, filter: EntryFilter): Promise<Found> {
    const { own, query, words, weights, figures, spans } = question;
    const asked = { words: words.map(wordQuery), weights, filter };
    const byWords = isEmpty(question)
      ? []
      : await this.#entries.candidates(own, { ...asked, scope: this.#scope(question, filter), span: spans[0] ?? null });
    const vector = await question.vector;
    const near =
      typeof vector === 'string'
        ? null
        : await this.#meaning.vectors.near(own, { ...asked, vector, known: byWords, entries: figures.entries });
    const isUsed = near !== null && near.likeness.size > 0;
    const candidates = isUsed ? [...byWords, ...near.candidates] : byWords;
    const likeness = isUsed ? candidates.map(({ id }) => near.likeness.get(id) ?? null) : null;
    const strengths = rankEntries(candidates, {
      weights,
      averageLength: figures.averageLength,
      names: namesIn(query),
      spans,
      asksWhen: asksWhen(query),
      ...(likeness ? { likeness } : {}),
    });
    const hits = toHits(candidates, { strengths, meant: likeness ? toDeviations(likeness) : [] }, words);
    return { hits, embeddings: isUsed ? 'used' : missed(vector) };
  }

  /** Passages of documents that answer the question, best first, on the same scale as entries. */
  async findPassages({ person }: Caller, query: string, filter: EntryFilter, now: Date): Promise<PassageHit[]> {
    const own = { person, sees: person };
    const { words, weights, figures } = await this.#read(own, query, READ_WELL);
    const candidates = await this.#entries.passages(own, { words: words.map(wordQuery), weights, filter });
    const spans = readTimeSpans(query, now);
    const strengths = rankEntries(candidates, {
      weights,
      averageLength: figures.averageLength,
      names: namesIn(query),
      spans,
      asksWhen: asksWhen(query),
    });
    return candidates
      .map((entry, index) => ({
        entry,
        strength: (strengths[index] ?? 0) * (entry.isSuperseded ? SUPERSEDED : 1),
        matched: wordsOf(entry, words),
      }))
      .sort((a, b) => b.strength - a.strength || b.entry.at - a.entry.at);
  }

  /** What passages say, and what they came from. */
  async showPassages(caller: Caller, ids: readonly MemoryId[]): Promise<ReadonlyMap<MemoryId, PassageBody>> {
    return ids.length === 0 ? new Map() : this.#entries.passageBodies(caller, ids);
  }

  /** Conversations that the caller sees and that are about these words: those that have most of what the words weigh, together. */
  async conversations(caller: Caller, query: string): Promise<ConversationId[]> {
    const { words, weights, figures } = await this.#read(caller, query, { ...READ_WELL, loose: false });
    if (words.length === 0) return [];
    const candidates = chooseCandidates(words, figures.entries, this.#limits.conversations) ?? words.map(wordQuery).join(' | ');
    const found = await this.#entries.conversations(caller, {
      candidates,
      words: words.map(wordQuery),
      weights,
      max: this.#limits.conversations,
    });
    const enough = CONVERSATION_SHARE * words.reduce((sum, word, bit) => sum + (weights[bit] ?? 0) * (isChancePair(word) ? CHANCE : 1), 0);
    return [...found].filter(([, weight]) => weight >= enough).map(([id]) => id);
  }

  /** What the entries say, with what was said before and after each. */
  async show(caller: Caller, ids: readonly MemoryId[]): Promise<ReadonlyMap<MemoryId, FoundBody>> {
    return ids.length === 0 ? new Map() : this.#entries.bodies(caller, ids);
  }

  /** They were shown to the agent. */
  async countRecalls(caller: Caller, ids: readonly MemoryId[]): Promise<void> {
    await this.#entries.countRecalls(caller, ids);
  }

  #scope({ words, figures }: Question, filter: EntryFilter): Scope {
    const { whole, budget } = this.#limits;
    if (filter.conversationId !== undefined) return { kind: 'conversation', conversationId: filter.conversationId, max: whole };
    if (figures.entries <= whole) return { kind: 'newest', max: whole };
    const candidates = chooseCandidates(words, figures.entries, budget);
    return candidates === null ? { kind: 'newest', max: whole } : { kind: 'terms', candidates };
  }

  /** The words of a query with what each weighs in what the viewer sees. */
  async #read(viewer: Whose, query: string, { counts, mends, loose }: Manner): Promise<Question> {
    const asked = readQuery(query);
    const terms = [...new Set(asked.flatMap(({ forms }) => forms.flat()))];
    let figures = await this.#terms.lookUp(viewer, terms);
    if (counts && (await this.#terms.countFew(viewer, figures))) figures = await this.#terms.lookUp(viewer, terms);
    const counted = asked.map((word) => countWord(word, figures));
    const words = rarest(mends ? await Promise.all(counted.map((word) => this.#mend(viewer, word, loose))) : counted);
    return { words, figures, weights: words.map((word) => weightOf(word, figures.entries)) };
  }

  /** A word that nothing has is looked for within other words and, where `loose`, as one that was mistyped. */
  async #mend(viewer: Whose, word: CountedWord, loose: boolean): Promise<CountedWord> {
    if (word.entries > 0 || !isMendable(word)) return word;
    const term = word.forms[0]?.[0] ?? '';
    const near = nearestTerms(term, await this.#terms.similar(viewer, term, loose, SIMILAR_MAX));
    const entries = near.reduce((sum, other) => sum + other.entries, 0);
    return { ...word, forms: [...word.forms, ...near.map((other) => [other.term])], entries };
  }
}

/** Neither words nor a time. */
function isEmpty({ words, spans }: Asked): boolean {
  return words.length === 0 && spans.length === 0;
}

/** A vector that came, and was compared with nothing, is of an embedder whose others are still to come. */
function missed(vector: QuestionVector | NoVector): NoVector {
  return vector === 'off' ? 'off' : 'late';
}

const SIMILAR_MAX = 20;
const MENDABLE = /^\p{L}[\p{L}\p{M}]{2,}$/u;
/** A pair of characters of a script without spaces is no word that one could mistype. */
const PAIRED = /^[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;

/** Two characters that stand side by side in no entry may be the end of one word and the beginning of the next. */
function isChancePair({ text, entries }: CountedWord): boolean {
  return entries === 0 && PAIRED.test(text);
}

function isMendable({ text }: CountedWord): boolean {
  return MENDABLE.test(text) && !PAIRED.test(text);
}

/** In how many entries a word is: in those of each of its forms, which need all their terms. */
function countWord(word: QueryWord, { counts }: LogFigures): CountedWord {
  const entries = word.forms.reduce((sum, terms) => sum + Math.min(...terms.map((term) => counts.get(term) ?? 0)), 0);
  return { ...word, entries };
}

const NO_WORD = /[^\p{L}\p{M}\p{N}]+/u;

/** True for an author whose first name stands in the question. */
function namesIn(query: string): (author: string) => boolean {
  const words = new Set(foldText(query).split(NO_WORD));
  const known = new Map<string, boolean>();
  return (author) => {
    const verdict = known.get(author) ?? words.has(foldText(author).split(NO_WORD)[0] || ' ');
    known.set(author, verdict);
    return verdict;
  };
}

function wordsOf({ mask }: { readonly mask: number }, words: readonly CountedWord[]): string[] {
  return words.filter((_word, bit) => (mask >>> bit) & 1).map(({ text }) => text);
}

function toHits(
  candidates: readonly StoredCandidate[],
  { strengths, meant }: { strengths: readonly number[]; meant: readonly number[] },
  words: readonly CountedWord[],
): Hit[] {
  const ranked = candidates
    .map((entry, index) => ({ entry, strength: (strengths[index] ?? 0) * (entry.isSuperseded ? SUPERSEDED : 1), meant: meant[index] ?? 0 }))
    .filter(({ entry, strength }) => entry.isAsked && strength > 0)
    .sort((a, b) => b.strength - a.strength || b.entry.at - a.entry.at || (a.entry.id < b.entry.id ? 1 : -1));
  const seen = new Set<string>();
  return ranked
    .filter(({ entry }) => !seen.has(entry.checksum) && seen.add(entry.checksum))
    .map((hit) => ({ ...hit, matched: wordsOf(hit.entry, words) }));
}
