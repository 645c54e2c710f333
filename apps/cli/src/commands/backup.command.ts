import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { loadConfig } from '@openclaw/config';
import { readTables, replaceTables, type TableReplacement } from '@openclaw/db';
import { type BackupHeader, readBackup, writeBackup } from '../backup-file.js';
import type { Terminal } from '../command.types.js';
import { defineCommand } from '../define-command.js';
import { EXIT } from '../exit-codes.js';
import { flag, JSON_FLAG, optional, required } from '../options.js';
import { toJson } from '../printable.js';
import { UsageError } from '../usage-error.js';
import { VERSION } from '../version.js';

/** Signs of life and log lines: of the processes that were, and of no use to those that come. */
const LEFT_OUT = ['processes', 'log_lines', 'log_store', 'log_writers'];
/** What only people put there: where one of these has a row, the database is in use. */
const IN_USE = ['conversations', 'memory_entries', 'files', 'tokens', 'skills', 'settings_overlay', 'schedules'];
const OWNER_ONLY = 0o600;

/** Holds secrets (keys that were configured over the API) and everything that was said: its file is for its owner alone. */
export const backup = defineCommand({
  details: [
    'Conversations, memory, skills, tokens, files and what the API changed of the configuration, as of one moment, while everything runs.',
    'Not in it: the log, the gateway’s own token, gateway.yaml and soul.md. Without a file it goes to standard output:',
    'docker compose exec -T gateway openclaw backup > openclaw.backup',
  ],
  args: { file: optional('where to; it must not exist') },
  run: async ({ args: { file } }, terminal) => {
    if (file === undefined && (terminal.output === undefined || terminal.screen))
      throw new UsageError('name a file, or lead standard output into one');
    const { url } = loadConfig(terminal).database;
    const tables = await readTables(url, LEFT_OUT, async (snapshot) => {
      const header = { version: VERSION, created_at: new Date().toISOString(), migrations: snapshot.migrations };
      const bytes = writeBackup(header, snapshot.tables, (table) => snapshot.rows(table));
      if (file === undefined) await pack(bytes, terminal.output);
      else await keep(bytes, file);
      return snapshot.tables.length;
    });
    terminal.err(`openclaw: ${String(tables)} tables are in the backup. It holds secrets: keep it where only you can read it\n`);
    return EXIT.ok;
  },
});

export const backupVerify = defineCommand({
  details: ['Reads it to its end: its bytes are those that were written, and no row is missing.'],
  args: { file: required('a backup; - for standard input') },
  options: { json: JSON_FLAG },
  run: async ({ args, options }, terminal) => {
    const { header, rows } = await look(sourceOf(args.file, terminal));
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    const sentence = `ok: ${String(total)} rows in ${String(Object.keys(rows).length)} tables, of ${header.created_at}, version ${header.version}\n`;
    terminal.out(options.json ? `${toJson({ ...header, rows })}\n` : sentence);
    return EXIT.ok;
  },
});

/** All of it or nothing; a damaged file, or one of another version, is refused before anything is touched. */
export const restore = defineCommand({
  details: [
    'Into the database of a new installation of the same version, as its owner, while neither gateway nor worker runs:',
    'docker compose stop gateway worker',
    'docker compose run --rm -T migrate openclaw restore - < openclaw.backup',
    'docker compose up -d --wait',
  ],
  args: { file: required('a backup; - for standard input') },
  options: { replace: flag('also where there are conversations: they are gone then') },
  run: async ({ args, options }, terminal) => {
    if (args.file !== '-') await look(createReadStream(args.file));
    const source = sourceOf(args.file, terminal);
    const { url } = loadConfig(terminal).database;
    const rows = await replaceTables(url, LEFT_OUT, (database) => load(source, database, options.replace)).catch(named);
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    terminal.out(`restored ${String(total)} rows into ${String(Object.keys(rows).length)} tables\n`);
    terminal.err('openclaw: run "openclaw audit restored" in the gateway if its data folder is the one from before\n');
    return EXIT.ok;
  },
});

function sourceOf(file: string, { input }: Terminal): Readable {
  if (file !== '-') return createReadStream(file);
  if (input === undefined) throw new UsageError('there is no standard input');
  return input;
}

async function look(file: Readable): Promise<{ readonly header: BackupHeader; readonly rows: Readonly<Record<string, number>> }> {
  const headers: BackupHeader[] = [];
  const rows = await readBackup(file, {
    begins: (header) => Promise.resolve(void headers.push(header)),
    table: async (_table, lines) => {
      for await (const _line of lines); // counted by the reader
    },
  });
  const [header] = headers;
  if (header === undefined) throw new Error('a backup without a header was read');
  return { header, rows };
}

async function load(source: Readable, database: TableReplacement, isReplacing: boolean): Promise<Readonly<Record<string, number>>> {
  return readBackup(source, {
    begins: async (header) => {
      checkVersion(header, database.migrations);
      if (!isReplacing && (await database.hasRows(IN_USE)))
        throw new Error('the database is in use; --replace puts the backup in the place of what is there');
      await database.empty();
    },
    table: async (table, rows) => {
      await database.write(table, rows);
    },
  });
}

function checkVersion({ version, migrations }: BackupHeader, known: readonly string[]): void {
  const [unknown] = migrations.filter((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`this backup is of a newer version, ${version}: upgrade first (${unknown} is not known here)`);
  const [later] = known.filter((name) => !migrations.includes(name));
  if (later !== undefined)
    throw new Error(`this backup is of an older version, ${version}: restore it there, then upgrade (it does not know ${later})`);
}

/** @throws a sentence for a role that may not do it */
function named(thrown: unknown): never {
  if (Error.isError(thrown) && 'code' in thrown && thrown.code === '42501') {
    throw new Error('only the owner of the database may restore: in the Compose stack that is the service migrate', { cause: thrown });
  }
  throw thrown;
}

async function keep(bytes: AsyncIterable<Buffer>, file: string): Promise<void> {
  await (await open(file, 'wx', OWNER_ONLY)).close(); // the name is taken, or refused, before anything is written
  const part = `${file}.part`;
  try {
    await pack(bytes, createWriteStream(part, { mode: OWNER_ONLY, flush: true }));
    await rename(part, file);
  } catch (thrown) {
    await Promise.all([rm(part, { force: true }), rm(file, { force: true })]);
    throw thrown;
  }
}

async function pack(bytes: AsyncIterable<Buffer>, sink: Writable | undefined): Promise<void> {
  if (sink === undefined) throw new UsageError('there is no standard output');
  await pipeline(Readable.from(bytes), createGzip(), sink, { end: true });
}
