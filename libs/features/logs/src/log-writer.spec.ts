import { describe, expect, it } from '@jest/globals';
import { captureLog } from '../../../../test/support/captured-log.js';
import { followLines } from './follow-lines.js';
import type { LogGap, LogLine } from './log-line.schema.js';
import { LogWriter } from './log-writer.js';
import type { LinesAfter } from './logs.store.js';
import { toStoredLine, type StoredLine } from './stored-line.js';

const RETENTION = { bytesMax: 1_000_000, daysMax: 1 };
const json = (message: string): string =>
  `${JSON.stringify({ time: '2026-11-30T12:00:00Z', level: 'info', component: 'gateway', host: 'here', message })}\n`;

/** A store that keeps batches in memory, and fails when it is told to. */
class MemoryStore {
  readonly kept: StoredLine[] = [];
  readonly batches: number[] = [];
  trims = 0;
  /** What becomes of the next write: it fails before or after the batch is kept. */
  failing: 'before' | 'after' | null = null;

  write(_writer: string, batch: number, lines: readonly StoredLine[]): Promise<number | null> {
    if (this.failing === 'before') return Promise.reject(new Error('away'));
    const isNew = batch > (this.batches.at(-1) ?? 0);
    if (isNew) this.kept.push(...lines);
    if (isNew) this.batches.push(batch);
    return this.failing === 'after' ? Promise.reject(new Error('the answer was lost')) : Promise.resolve(isNew ? this.kept.length : null);
  }

  trim(): Promise<boolean> {
    this.trims += 1;
    return Promise.resolve(this.trims % 3 !== 0);
  }

  forgetWriters(): Promise<void> {
    return Promise.resolve();
  }

  get messages(): string[] {
    return this.kept.map(({ text }) => text);
  }
}

describe('LogWriter', () => {
  const log = captureLog();
  const start = (retention = RETENTION): { store: MemoryStore; writer: LogWriter } => {
    const [store, writer] = [new MemoryStore(), new LogWriter()];
    writer.start({ store, retention: () => retention, logger: log.logger });
    return { store, writer };
  };

  it('writes what was taken, in its order, in batches, also what came before it was started and as it stops', async () => {
    const [store, writer] = [new MemoryStore(), new LogWriter()];
    writer.take(json('early'));
    writer.start({ store, retention: () => RETENTION, logger: log.logger });
    for (let number = 0; number < 450; number += 1) writer.take(json(String(number)));
    await writer.stop();
    expect(store.messages).toEqual(['early', ...Array.from({ length: 450 }, (_, number) => String(number))]);
    expect(store.batches).toEqual([1, 2, 3]);
  });

  it('keeps lines while Postgres is away, and writes each once, also where only the answer was lost', async () => {
    const { store, writer } = start();
    for (const failing of ['before', 'after', 'after', null] as const) {
      store.failing = failing;
      writer.take(json(`while ${String(failing)}`));
      await writer.flush();
    }
    await writer.stop();
    expect(store.messages).toEqual(['while before', 'while after', 'while after', 'while null']);
  });

  it('bounded: beyond 4 MiB new lines are let go of, and one line tells how many', async () => {
    const { store, writer } = start();
    store.failing = 'before';
    const long = json('x'.repeat(1_000_000));
    for (let number = 0; number < 10; number += 1) writer.take(long);
    await writer.flush();
    store.failing = null;
    await writer.stop();
    expect(store.kept).toHaveLength(4);
    expect(await log.find({ message: 'log lines were not kept, since too many waited; standard output has them' })).toMatchObject({
      level: 'warn',
      lines: 6,
    });
  });

  it('trims at its start, and as soon as there are too many bytes', async () => {
    const { store, writer } = start({ bytesMax: 3, daysMax: 1 });
    await writer.flush();
    expect(store.trims).toBe(3);
    writer.take(json('a'));
    await writer.flush();
    expect(store.trims).toBe(3);
    for (const message of ['b', 'c', 'd']) writer.take(json(message));
    await writer.flush();
    expect(store.trims).toBe(6);
    await writer.stop();
  });
});

describe('toStoredLine', () => {
  it('cuts what is long, and says how much, but no line of a thousand is over 8 KiB', () => {
    const stored = toStoredLine(json('y'.repeat(100_000)));
    expect(stored?.line.length).toBeLessThan(8192);
    expect(stored?.line.length).toBeGreaterThan(1000);
  });

  it('takes what another logger wrote', () => {
    expect(toStoredLine('{"msg":"?","level":30,"time":1}')).toMatchObject({
      level: 30,
      component: 'unknown',
      host: 'unknown',
      line: '{"msg":"?"}',
    });
    expect(toStoredLine('42')).toBeNull();
  });
});

describe('followLines', () => {
  const lineAt = (position: number): LogLine => ({ time: '', level: 'info', component: 'gateway', host: 'here', message: '', position });
  const follow = async (
    after: number,
    ...answers: readonly ((Omit<LinesAfter, 'lines'> & { readonly positions: readonly number[] }) | null)[]
  ): Promise<(LogLine | LogGap)[]> => {
    const leaving = new AbortController();
    const left = [...answers];
    const store = {
      follow: (_filter: unknown, at: number): Promise<LinesAfter> => {
        const answer = left.shift();
        if (left.length === 0) leaving.abort();
        if (!answer) return Promise.reject(new Error('away'));
        return Promise.resolve({ ...answer, lines: answer.positions.filter((position) => position > at).map(lineAt) });
      },
    };
    const told = [];
    for await (const event of followLines(store, { level: 'info' }, after, leaving.signal)) told.push(event);
    return told;
  };

  it('row 19: what retention took is told first, then the lines that are left', async () => {
    const told = await follow(3, { first: 10, last: 11, positions: [10, 11], through: 11 });
    expect(told).toEqual([{ type: 'gap', from: 4, to: 9, position: 9 }, lineAt(10), lineAt(11)]);
  });

  it('row 19: a position behind the end is one of a store that is no more: told, and followed from the end', async () => {
    const told = await follow(50, { first: 1, last: 7, positions: [], through: 7 }, { first: 1, last: 8, positions: [8], through: 8 });
    expect(told).toEqual([{ type: 'gap', from: 51, to: 7, position: 7 }, lineAt(8)]);
  });

  it('an outage of Postgres ends nothing and loses nothing', async () => {
    const told = await follow(0, { first: 1, last: 1, positions: [1], through: 1 }, null, {
      first: 1,
      last: 2,
      positions: [2],
      through: 2,
    });
    expect(told.map(({ position }) => position)).toEqual([1, 2]);
  });
});
