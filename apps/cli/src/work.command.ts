import { parseArgs } from 'node:util';
import { loadConfig, secretsOf } from '@openclaw/config';
import { Database } from '@openclaw/db';
import { createLogger, Redactor } from '@openclaw/telemetry';
import { isId, type WorkId } from '@openclaw/words';
import { type WorkRecord, type WorkStatus, WorkStore } from '@openclaw/work';
import type { Command, Terminal } from './command.types.js';
import { UsageError } from './usage-error.js';

const LIVE: readonly WorkStatus[] = ['waiting', 'working', 'dead'];
const HEAD = ['ID', 'KIND', 'STATUS', 'FAILURES', 'LOSSES', 'DUE', 'REASON'];

/** What waits, is worked on, or is dead: newest first. */
export const workList: Command = {
  name: 'work list',
  summary: 'show the background work that waits, is under way, or has failed for good',
  usage: '[--dead] [--json]',
  details: ['--dead   only what has failed for good; openclaw work retry has it tried again', '--json   one JSON object a line'],
  run: async (args, terminal) => {
    const { values } = parseArgs({ args: [...args], options: { dead: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } });
    const work = await withStore(terminal, (store) => store.list(values.dead ? ['dead'] : LIVE));
    terminal.out(values.json ? work.map((each) => `${JSON.stringify(each)}\n`).join('') : tableOf(work));
    return 0;
  },
};

/** Exit code 1 where there is nothing to ring for. */
export const workRetry: Command = {
  name: 'work retry',
  summary: 'have work that failed for good tried again, as if it had never failed',
  usage: '<id>',
  details: ['A worker takes it up within two seconds.'],
  run: async (args, terminal) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [id, ...others] = positionals;
    if (id === undefined || others.length > 0 || !isId('work', id)) throw new UsageError('name one piece of work, such as work_01h2xcejqtf2nbrexx3vqjhp41');
    return retry(id, terminal);
  },
};

async function retry(id: WorkId, terminal: Terminal): Promise<number> {
  const result = await withStore(terminal, (store) => store.retry(id));
  if (typeof result === 'object') {
    terminal.out(`${id} waits to be done\n`);
    return 0;
  }
  const why = result === 'superseded' ? 'the same work was asked for anew and will be done' : 'it is not among the dead; see openclaw work list --dead';
  terminal.err(`openclaw: ${id} is not tried again: ${why}\n`);
  return 1;
}

async function withStore<T>(terminal: Terminal, use: (store: WorkStore) => Promise<T>): Promise<T> {
  const config = loadConfig(terminal);
  const logger = createLogger({ level: 'warn', component: 'work', redactor: new Redactor(secretsOf(config)), destination: { write: terminal.err } });
  const database = new Database({ url: config.database.url, poolMax: 2, logger, applicationName: 'openclaw-cli' });
  try {
    return await use(new WorkStore(database));
  } finally {
    await database.close();
  }
}

function tableOf(work: readonly WorkRecord[]): string {
  if (work.length === 0) return 'nothing\n';
  const rows = [HEAD, ...work.map((each) => [each.id, each.kind, each.status, String(each.failures), String(each.losses), each.run_at.toISOString(), each.last_error ?? ''])];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}\n`).join('');
}
