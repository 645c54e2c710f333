import { type AuditHead, AuditStore, verifyChain, writeRestored } from '@openclaw/audit';
import { KeptHead } from '@openclaw/auditing';
import { dataFolder } from '@openclaw/config';
import type { Database } from '@openclaw/db';
import { OWNER } from '@openclaw/words';
import type { Terminal } from '../command.types.js';
import { defineCommand } from '../define-command.js';
import { list } from '../options.js';
import { UsageError } from '../usage-error.js';
import { withDatabase } from '../with-database.js';

/** Whoever may run this has the database. */
const ACTOR = { tokenId: 'gateway', person: OWNER, requestId: 'openclaw-cli' };

/** Exit code 1 where an entry was changed, moved or taken out, or the end was cut: the first of them is named. */
export const auditVerify = defineCommand({
  details: ['Checks every entry, and that the trail reaches as far as the data folder knows.'],
  options: { head: list('<seq:hash>', 'an end of the trail that you kept yourself, from "head" in GET /audit') },
  run: async ({ options }, terminal) => {
    const given = options.head.map(readHead);
    const kept = keptIn(terminal).read(); // before the trail: it may only grow meanwhile
    const verdict = await withDatabase(terminal, 'audit', (database) =>
      verifyChain(new AuditStore(database), [...given, ...(kept ? [kept] : [])]),
    );
    if (kept === null)
      terminal.err(`no end of the trail is kept in ${keptIn(terminal).file}: that nothing was cut off is known from the database alone\n`);
    if (!verdict.ok) {
      terminal.err(`openclaw: entry ${String(verdict.seq)} ${verdict.problem}\n`);
      return 1;
    }
    terminal.out(`ok: ${String(verdict.head.seq)} entries, head ${String(verdict.head.seq)}:${verdict.head.hash}\n`);
    return 0;
  },
});

/** Writes down that an older state of the database was put back; exit code 1 where the trail goes on from what is known. */
export const auditRestored = defineCommand({
  details: ['To be run once after a backup of the database was put back, with the data folder that was there before.'],
  run: async (_call, terminal) => {
    const kept = keptIn(terminal);
    const known = kept.read();
    if (known === null) throw new Error(`no end of the trail is kept in ${kept.file}`);
    return withDatabase(terminal, 'audit', (database) => explain(database, kept, known, terminal));
  },
});

async function explain(database: Database, kept: KeptHead, known: AuditHead, terminal: Terminal): Promise<number> {
  const store = new AuditStore(database);
  if ((await store.find(known.seq))?.hash === known.hash || known.seq === 0) {
    terminal.err('openclaw: nothing to explain: the trail goes on from where it was\n');
    return 1;
  }
  await writeRestored(database, ACTOR, known);
  const head = await store.head();
  await kept.write(head);
  terminal.out(`entry ${String(head.seq)} says that a backup was put back; entries up to ${String(known.seq)} were known before\n`);
  return 0;
}

function keptIn({ env, homeDir }: Terminal): KeptHead {
  return new KeptHead(dataFolder(env, homeDir));
}

function readHead(text: string): AuditHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined) throw new UsageError('--head is <seq>:<hash>, such as 42:9a3c…');
  return { seq: Number(seq), hash };
}
