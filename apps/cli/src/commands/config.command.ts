import type { ChangedConfig, ConfigRevision } from '@openclaw/sdk';
import { askSecret, canAsk } from '../ask.js';
import { columnsOf } from '../columns-of.js';
import type { Terminal } from '../command.types.js';
import { defineCommand } from '../define-command.js';
import { EXIT } from '../exit-codes.js';
import { connect } from '../gateway-client.js';
import { JSON_FLAG, optional, required, whole } from '../options.js';
import { printable, printableLine, toJson } from '../printable.js';
import { readInput } from '../read-input.js';
import { toTable } from '../to-table.js';
import { UsageError } from '../usage-error.js';

const NUMBER = /^(0|[1-9]\d{0,8})$/;
const SECRET = /(^|_)(key|token|secret|password)$/;
const SHOWN = 20;

export const configGet = defineCommand({
  details: ['A value alone is printed as it is; what has parts, as JSON. Secrets are ***REDACTED***.'],
  args: { path: optional('a key, such as agent.max_turns; all of them where it is left out') },
  options: { json: JSON_FLAG },
  run: async ({ args, options }, terminal) => {
    const { config } = await (await connect(terminal)).config.get();
    const value = valueAt(config, args.path ?? '');
    if (value === undefined) {
      terminal.err(`openclaw: ${printableLine(args.path ?? '')} has no value\n`);
      return EXIT.notFound;
    }
    terminal.out(options.json ? `${toJson(value)}\n` : `${textOf(value)}\n`);
    return EXIT.ok;
  },
});

/** A secret is piped in or typed unseen; one on the command line is refused. */
export const configSet = defineCommand({
  details: [
    'The value is JSON where it reads as such, else a text; null takes the change back, to what file and environment say.',
    'Without a value it is what is piped in. A secret is never taken from the command line: openclaw config set providers.primary.api_key < file',
  ],
  args: { path: required('a key, such as agent.max_turns'), value: optional('what it shall be') },
  options: { json: JSON_FLAG },
  run: async ({ args, options }, terminal) => {
    const value = await valueFor(args.path, args.value, terminal);
    const changed = await (await connect(terminal)).config.update(patchOf(args.path, value));
    if (options.json) terminal.out(`${toJson(changed)}\n`);
    else tell(changed, terminal);
    return EXIT.ok;
  },
});

/** Each key once: from what it was before the first of the changes to what it is after the last. */
export const configDiff = defineCommand({
  details: ['What the API changed since a revision; since the beginning where none is named.'],
  args: { revision: optional('its number, of config revisions') },
  options: { json: JSON_FLAG },
  run: async ({ args, options }, terminal) => {
    const since = args.revision === undefined ? 0 : numberOf(args.revision);
    const revisions: ConfigRevision[] = [];
    for await (const revision of await (await connect(terminal)).config.revisions({ limit: 200 })) {
      if (revision.revision <= since) break;
      revisions.push(revision);
    }
    const changes = folded(revisions.reverse());
    const line = ({ path, before, after }: Change): string => `${path}: ${toJson(before)} -> ${toJson(after)}\n`;
    terminal.out(changes.map((change) => (options.json ? `${toJson(change)}\n` : line(change))).join(''));
    if (changes.length === 0) terminal.err('openclaw: nothing was changed\n');
    return EXIT.ok;
  },
});

export const configRevisions = defineCommand({
  options: { limit: whole('<n>', 'how many, the newest first', { short: 'n', min: 1, max: 200, initial: SHOWN }), json: JSON_FLAG },
  run: async ({ options }, terminal) => {
    const { items } = await (await connect(terminal)).config.revisions({ limit: options.limit });
    const row = ({ revision, created_at: at, kind, status, actor, changes }: ConfigRevision): string[] => [
      String(revision),
      at,
      kind,
      status,
      actor.token_id,
      changes.map(({ path }) => path).join(', '),
    ];
    const table = (): string => toTable(['REVISION', 'TIME', 'KIND', 'STATUS', 'BY', 'KEYS'], items.map(row), columnsOf(terminal));
    terminal.out(options.json ? items.map((item) => `${toJson(item)}\n`).join('') : table());
    return EXIT.ok;
  },
});

export const configRestore = defineCommand({
  details: ['Goes back to how it was after that revision; 0 is without any change by the API.'],
  args: { revision: required('its number, of config revisions') },
  options: { json: JSON_FLAG },
  run: async ({ args, options }, terminal) => {
    const changed = await (await connect(terminal)).config.restore(numberOf(args.revision));
    if (options.json) terminal.out(`${toJson(changed)}\n`);
    else tell(changed, terminal);
    return EXIT.ok;
  },
});

interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** @param revisions the oldest first */
function folded(revisions: readonly ConfigRevision[]): Change[] {
  const changes = new Map<string, Change>();
  for (const { path, before, after } of revisions.flatMap((revision) => revision.changes)) {
    changes.set(path, { path, before: changes.has(path) ? changes.get(path)?.before : before, after });
  }
  return [...changes.values()].filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
}

async function valueFor(path: string, given: string | undefined, terminal: Terminal): Promise<unknown> {
  const isSecret = SECRET.test(path);
  if (given !== undefined && isSecret && given !== 'null') {
    throw new UsageError('a secret on the command line is seen by others: pipe it in, or leave it out and be asked for it');
  }
  if (given !== undefined) return jsonOr(given);
  if (isSecret && canAsk(terminal)) return askSecret(path);
  const piped = (await readInput(terminal)).trim();
  if (piped === '') throw new UsageError('give a value, or pipe one in');
  return isSecret ? piped : jsonOr(piped);
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return text;
    throw thrown;
  }
}

function patchOf(path: string, value: unknown): Record<string, unknown> {
  const keys = path.split('.');
  if (keys.some((key) => key === '')) throw new UsageError(`${JSON.stringify(path)} is no key; one is agent.max_turns`);
  const [last = '', ...outer] = keys.reverse();
  return outer.reduce<Record<string, unknown>>((below, key) => ({ [key]: below }), { [last]: value });
}

function valueAt(config: unknown, path: string): unknown {
  const keys = path === '' ? [] : path.split('.');
  return keys.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Object.entries(at).find(([name]) => name === key)?.[1] : undefined),
    config,
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? printable(value) : toJson(value, 2);
}

function numberOf(text: string): number {
  if (!NUMBER.test(text)) throw new UsageError(`a revision is a number, not ${JSON.stringify(text)}`);
  return Number(text);
}

function tell({ revision, restart_required: needsStart, restart_paths: paths, overrides }: ChangedConfig, terminal: Terminal): void {
  terminal.out(`revision ${String(revision)}\n`);
  if (needsStart) terminal.err(`openclaw: ${paths.join(', ')} count from the next start on\n`);
  for (const { path, variable } of overrides)
    terminal.err(`openclaw: ${variable} has no effect now: this change of ${path} stands above it\n`);
}
