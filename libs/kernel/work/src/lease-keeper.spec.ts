import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '@openclaw/telemetry';
import { type LeasedTable, LeaseKeeper, type Renewal } from './lease-keeper.js';

type Renewals = ReadonlyMap<string, Renewal>;

/** A keeper whose store answers what the test says, and a promise of the n-th heartbeat's end. */
function keeper(
  renew: (beat: number) => Promise<Renewals>,
  leaseMs = 60_000,
): { leases: LeaseKeeper; table: LeasedTable; beaten: (beats: number) => Promise<unknown> } {
  let beats = 0;
  const waiting: { beats: number; resolve: (value: undefined) => void }[] = [];
  const table: LeasedTable = {
    renew: async () => {
      beats += 1;
      const current = beats;
      setTimeout(() => {
        for (const { beats: wanted, resolve } of waiting) if (current >= wanted) resolve(undefined);
      });
      return renew(current);
    },
  };
  const leases = new LeaseKeeper({ workerId: 'w', leaseMs, heartbeatMs: 1, logger: silentLogger() });
  leases.start();
  const beaten = (wanted: number): Promise<unknown> => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    waiting.push({ beats: wanted, resolve });
    return promise;
  };
  return { leases, table, beaten };
}

const id = 'msg_1';
const held = { id, attempt: 1 };

describe('LeaseKeeper', () => {
  it('a run that is not renewed any more is lost: its work is stopped', async () => {
    const { leases, table, beaten } = keeper(() => Promise.resolve(new Map()));
    const lease = leases.hold(table, held, performance.now(), () => undefined);
    expect(lease.isCertain).toBe(true);
    await beaten(1);
    expect(lease.reason).toBe('lost');
    expect(lease.signal.aborted).toBe(true);
    expect(lease.isCertain).toBe(false);
    leases.stop();
  });

  it('while Postgres is away nothing is stopped, but the lease is not certain past its end', async () => {
    const { leases, table, beaten } = keeper(() => Promise.reject(new Error('away')), 1);
    const lease = leases.hold(table, held, performance.now(), () => undefined);
    await beaten(3);
    expect(lease.reason).toBeNull();
    expect(lease.signal.aborted).toBe(false);
    expect(lease.isCertain).toBe(false);
    leases.stop();
  });

  it('a cancel that was asked for is learnt at the heartbeat, and calls back after each renewal', async () => {
    const beats: number[] = [];
    const { leases, table, beaten } = keeper((beat) => Promise.resolve(new Map([[id, { cancelRequested: beat >= 2 }]])));
    const lease = leases.hold(table, held, performance.now(), () => beats.push(1));
    await beaten(2);
    expect(lease.reason).toBe('cancelled');
    expect(beats.length).toBeGreaterThanOrEqual(2);
    leases.stop();
  });

  it('the first reason stands, but a lost lease overrides it', () => {
    const { leases, table } = keeper(() => Promise.resolve(new Map()));
    leases.stop();
    const lease = leases.hold(table, held, performance.now(), () => undefined);
    lease.stop('leaving');
    lease.stop('cancelled');
    expect(lease.reason).toBe('leaving');
    lease.stop('lost');
    expect(lease.reason).toBe('lost');
  });

  it('a run that was released meanwhile is not called lost, nor one that was claimed again', async () => {
    const answered = Promise.withResolvers<Renewals>();
    const { leases, table, beaten } = keeper((beat) =>
      beat === 1 ? answered.promise : Promise.resolve(new Map([[id, { cancelRequested: false }]])),
    );
    const first = leases.hold(table, held, performance.now(), () => undefined);
    await beaten(1);
    leases.release(first);
    const second = leases.hold(table, { id, attempt: 2 }, performance.now(), () => undefined);
    leases.release(first);
    expect(leases.sizeOf(table)).toBe(1);
    answered.resolve(new Map());
    await beaten(3);
    expect(first.reason).toBeNull();
    expect(second.reason).toBeNull();
    leases.stop();
  });

  it('each table is renewed by itself: one that is away takes nothing from another', async () => {
    const { leases, table, beaten } = keeper(() => Promise.reject(new Error('away')));
    const renewed: string[] = [];
    const other: LeasedTable = {
      renew: (_worker, _lease, all) => {
        renewed.push(...all.map((each) => each.id));
        return Promise.resolve(new Map());
      },
    };
    const away = leases.hold(table, held, performance.now());
    const lost = leases.hold(other, { id: 'work_1', attempt: 1 }, performance.now());
    await beaten(2);
    expect([away.reason, lost.reason]).toEqual([null, 'lost']);
    expect(new Set(renewed)).toEqual(new Set(['work_1']));
    leases.stop();
  });
});
