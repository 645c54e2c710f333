import { type ConversationId, newId, type PersonId, uuidToId } from '@openclaw/words';
import type { Passage } from './documents.store.js';
import type { Entry, NewEntry } from './entries.store.js';
import { IMPORTANCE } from './importance.js';
import type { AnyHit, ScoredHit } from './score-hits.js';
import type { FoundBody, PassageBody } from './search.types.js';
import type { Memory, MemoryResult, NewMemory } from './memory.schema.js';

const BYTES_PER_MB = 1_048_576;

/** Messages of one request that name no thread are turns of one of their own. */
export function toEntries(person: PersonId, given: readonly NewMemory[], now: Date): NewEntry[] {
  const own = `import-${newId('mem')}`;
  return given.map(({ content, kind, author, at, thread, importance, pinned, tags }) => {
    const what = kind ?? (author === undefined && thread === undefined ? 'fact' : 'message');
    const isTurn = what === 'message' && given.length > 1;
    return {
      ...{ content, pinned, tags },
      id: newId('mem'),
      kind: what,
      author: author ?? person,
      at: toDate(at) ?? now,
      importance: importance ?? IMPORTANCE[what],
      provenance: 'owner',
      conversationId: null,
      thread: thread ?? (isTurn ? own : null),
      channel: null,
    };
  });
}

/** An entry as the API shows it. */
export function toMemory(entry: Entry): Memory {
  const { id, person, kind, content, author, importance, pinned, tags, provenance, recalls, supersededBy } = entry;
  return {
    ...{ id, kind, content, author, pinned, person, provenance, recalls },
    at: entry.at.toISOString(),
    importance: Math.round(importance * 1e6) / 1e6,
    tags: [...tags],
    ...placeOf(entry),
    ...(entry.channel === null ? {} : { channel: entry.channel }),
    recalled_at: entry.recalledAt?.toISOString() ?? null,
    superseded_by: supersededBy,
    done_at: entry.doneAt?.toISOString() ?? null,
    created_at: entry.createdAt.toISOString(),
  };
}

/** A passage of a document, in the shape of a memory. */
export function passageMemory({ id, body, sources, createdAt, conversationId, at, ...passage }: Passage): Memory {
  const { kind, author, person, provenance, recalls, importance } = passage;
  return {
    ...{ id, kind, author, person, provenance, recalls, importance },
    content: body,
    at: at.toISOString(),
    pinned: false,
    tags: [],
    ...placeOf({ conversationId, thread: null }),
    recalled_at: null,
    superseded_by: null,
    done_at: null,
    created_at: createdAt.toISOString(),
    sources: sources.map((source) => uuidToId('mem', source)),
  };
}

/** What a search found, as the API shows it. */
export function toResult(
  person: PersonId,
  { entry, score, scores, matched }: ScoredHit<AnyHit>,
  body: FoundBody | PassageBody,
): MemoryResult {
  return {
    ...{ score, scores, person },
    id: uuidToId('mem', entry.id),
    type: 'wal',
    kind: entry.kind,
    content: body.content,
    author: entry.author,
    at: new Date(entry.at).toISOString(),
    matched: [...matched],
    ...(body.before === null ? {} : { before: body.before }),
    ...(body.after === null ? {} : { after: body.after }),
    ...placeOf(body),
    tags: [...body.tags],
    pinned: body.pinned,
    provenance: body.provenance,
    superseded: entry.isSuperseded,
    created_at: body.createdAt.toISOString(),
  };
}

function placeOf({ conversationId, thread }: { conversationId: ConversationId | null; thread: string | null }): {
  conversation_id?: ConversationId;
  thread?: string;
} {
  return { ...(conversationId === null ? {} : { conversation_id: conversationId }), ...(thread === null ? {} : { thread }) };
}

/** A time of the API. */
export function toDate(time: string | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}

/** To three places. */
export function toMegabytes(bytes: number): number {
  return Math.round((bytes / BYTES_PER_MB) * 1000) / 1000;
}
