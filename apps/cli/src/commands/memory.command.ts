import type { MemoryResult, MemoryStats, PrunedMemory } from '@openclaw/sdk';
import { confirmed } from '../ask.js';
import type { Terminal } from '../command.types.js';
import { defineCommand } from '../define-command.js';
import { EXIT } from '../exit-codes.js';
import { connect } from '../gateway-client.js';
import { given } from '../given.js';
import { choice, flag, JSON_FLAG, list, oneOf, rest, text, whole } from '../options.js';
import { printableLine, toJson } from '../printable.js';
import { toFacts } from '../to-facts.js';
import { UsageError } from '../usage-error.js';

const KINDS = ['message', 'fact', 'preference', 'task', 'event'] as const;
const TYPES = ['all', 'wal', 'compacted'] as const;
const PERSON = text('<person>', 'whose, for tokens that may say so');

export const memorySearch = defineCommand({
  args: { words: rest('what to look for') },
  options: {
    limit: whole('<n>', 'how many', { short: 'n', min: 1, max: 100, initial: 10 }),
    type: choice('<type>', 'the log, its documents, or both', TYPES),
    person: PERSON,
    conversation: text('<id>', 'only what was said there'),
    since: text('<time>', 'said at or after this time, or date'),
    until: text('<time>', 'said at or before it'),
    json: JSON_FLAG,
  },
  run: async ({ args, options }, terminal) => {
    if (args.words.length === 0) throw new UsageError('say what to look for');
    const { json, conversation, ...others } = options;
    const query = { query: args.words.join(' '), ...given({ ...others, conversation_id: conversation }) };
    const found = await (await connect(terminal)).memory.search(query);
    terminal.out(json ? `${toJson(found)}\n` : found.results.length === 0 ? 'nothing\n' : found.results.map(resultOf).join(''));
    return EXIT.ok;
  },
});

export const memoryStats = defineCommand({
  options: { person: PERSON, json: JSON_FLAG },
  run: async ({ options }, terminal) => {
    const stats = await (await connect(terminal)).memory.stats(given({ person: options.person }));
    terminal.out(options.json ? `${toJson(stats)}\n` : toFacts(statsOf(stats)));
    return EXIT.ok;
  },
});

/** Shows what would go first; nothing goes without a yes. */
export const memoryPrune = defineCommand({
  details: [
    'Needs a criterion; several must all be met. On a terminal it asks before anything goes; elsewhere it wants --yes. What is pinned stays.',
  ],
  options: {
    before: text('<time>', 'said before this time, or date'),
    kind: list('<kind>', KINDS.join(', '), { values: KINDS }),
    type: choice('<type>', 'of the log, of its documents, or both', TYPES),
    maxImportance: text('<0 to 1>', 'no more important than this'),
    unusedFor: whole('<days>', 'neither made nor shown to the agent for so long', { min: 1, max: 100_000, initial: undefined }),
    person: PERSON,
    dryRun: flag('only say what would go'),
    yes: flag('do not ask', 'y'),
    json: JSON_FLAG,
  },
  run: async ({ options }, terminal) => {
    const { kind, maxImportance, unusedFor, before, type, person, ...how } = options;
    const importance = maxImportance === undefined ? undefined : importanceOf(maxImportance);
    const kinds = kind.map((one) => oneOf(KINDS, one));
    const criteria = given({ before, type, person, kinds, max_importance: importance, unused_for_days: unusedFor });
    const { memory } = await connect(terminal);
    const show = (pruned: PrunedMemory): unknown => terminal.out(how.json ? `${toJson(pruned)}\n` : sentenceOf(pruned));
    if (!how.yes || how.dryRun) {
      const would = await memory.prune({ ...criteria, dry_run: true });
      if (how.dryRun || would.pruned === 0) return told(show(would));
      if (!(await confirmed(`Forget ${String(would.pruned)} entries for good?`, terminal))) return unasked(would, terminal);
    }
    return told(show(await memory.prune({ ...criteria, confirm: true })));
  },
});

export const memoryCompact = defineCommand({
  details: ['Asks a worker to make documents of the log now; it is done in the background.'],
  options: { json: JSON_FLAG },
  run: async ({ options }, terminal) => {
    const work = await (await connect(terminal)).memory.compact();
    terminal.out(options.json ? `${toJson(work)}\n` : `${work.id} waits to be done\n`);
    return EXIT.ok;
  },
});

function told(_shown: unknown): number {
  return EXIT.ok;
}

function unasked({ pruned }: PrunedMemory, terminal: Terminal): number {
  terminal.err(`openclaw: ${String(pruned)} entries would go; nothing is gone. Say --yes to have it done\n`);
  return EXIT.failed;
}

function importanceOf(given: string): number {
  const value = Number(given);
  if (given.trim() === '' || !(value >= 0 && value <= 1))
    throw new UsageError(`--max-importance is a number from 0 to 1, not ${JSON.stringify(given)}`);
  return value;
}

function sentenceOf({ pruned, freed_mb: freed, dry_run: isDry }: PrunedMemory): string {
  return `${String(pruned)} entries ${isDry ? 'would go' : 'are gone'}, ${String(freed)} MB\n`;
}

function resultOf({ id, kind, author, at, score, content, tags, pinned }: MemoryResult): string {
  const marks = [...(pinned ? ['pinned'] : []), ...tags.map((tag) => `#${tag}`)].join(' ');
  return (
    `${score.toFixed(2)}  ${id}  ${kind}  ${printableLine(author)}  ${at}  ${printableLine(marks)}`.trimEnd() +
    `\n      ${printableLine(content)}\n`
  );
}

function statsOf({ wal, compacted, embeddings, by_type: kinds, total_size_mb: total }: MemoryStats): [string, ...string[]][] {
  return [
    [
      'log',
      `${String(wal.entries)} entries, ${String(wal.size_mb)} MB${wal.oldest_entry === null ? '' : `, the oldest of ${wal.oldest_entry}`}`,
    ],
    [
      'documents',
      `${String(compacted.files)}, ${String(compacted.size_mb)} MB${compacted.last_compaction === null ? '' : `, the last made ${compacted.last_compaction}`}`,
    ],
    ['total', `${String(total)} MB`],
    [
      'embeddings',
      embeddings.provider === null
        ? 'off'
        : `${embeddings.provider}: ${String(embeddings.indexed)} made, ${String(embeddings.pending)} to be made`,
    ],
    [
      'kinds',
      Object.entries(kinds)
        .map(([kind, count]) => `${String(count)} ${kind}`)
        .join(', '),
    ],
  ];
}
