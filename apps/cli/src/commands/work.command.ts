import { isId, type WorkId } from '@openclaw/words';
import { type WorkRecord, type WorkStatus, WorkStore } from '@openclaw/work';
import type { Terminal } from '../command.types.js';
import { defineCommand } from '../define-command.js';
import { flag, JSON_FLAG, required } from '../options.js';
import { toTable } from '../to-table.js';
import { UsageError } from '../usage-error.js';
import { withDatabase } from '../with-database.js';

const LIVE: readonly WorkStatus[] = ['waiting', 'working', 'dead'];
const HEAD = ['ID', 'KIND', 'STATUS', 'FAILURES', 'LOSSES', 'DUE', 'REASON'];

/** What waits, is worked on, or is dead: newest first. */
export const workList = defineCommand({
  details: ['With --json one object a line.'],
  options: { dead: flag('only what has failed for good; openclaw work retry has it tried again'), json: JSON_FLAG },
  run: async ({ options }, terminal) => {
    const work = await withStore(terminal, (store) => store.list(options.dead ? ['dead'] : LIVE));
    terminal.out(options.json ? work.map((each) => `${JSON.stringify(each)}\n`).join('') : toTable(HEAD, work.map(rowOf)));
    return 0;
  },
});

/** Exit code 1 where there is nothing to ring for. */
export const workRetry = defineCommand({
  details: ['A worker takes it up within two seconds.'],
  args: { id: required('of work list') },
  run: async ({ args: { id } }, terminal) => {
    if (!isId('work', id)) throw new UsageError('name one piece of work, such as work_01h2xcejqtf2nbrexx3vqjhp41');
    return retry(id, terminal);
  },
});

async function retry(id: WorkId, terminal: Terminal): Promise<number> {
  const result = await withStore(terminal, (store) => store.retry(id));
  if (typeof result === 'object') {
    terminal.out(`${id} waits to be done\n`);
    return 0;
  }
  const why =
    result === 'superseded'
      ? 'the same work was asked for anew and will be done'
      : 'it is not among the dead; see openclaw work list --dead';
  terminal.err(`openclaw: ${id} is not tried again: ${why}\n`);
  return 1;
}

async function withStore<T>(terminal: Terminal, use: (store: WorkStore) => Promise<T>): Promise<T> {
  return withDatabase(terminal, 'work', (database) => use(new WorkStore(database)));
}

function rowOf({ id, kind, status, failures, losses, run_at: due, last_error: reason }: WorkRecord): string[] {
  return [id, kind, status, String(failures), String(losses), due.toISOString(), reason ?? ''];
}
