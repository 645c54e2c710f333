import { describe, expect, it } from '@jest/globals';
import { newId } from '@openclaw/words';
import type { RunsStore } from '@openclaw/conversations';
import { silentLogger } from '@openclaw/telemetry';
import { LeaseKeeper } from './lease-keeper.js';

type Renewals = Awaited<ReturnType<RunsStore['renew']>>;

/** A keeper whose store answers what the test says, and a promise of the n-th heartbeat's end. */
function keeper(renew: (beat: number) => Promise<Renewals>, leaseMs = 60_000): { leases: LeaseKeeper; beaten: (beats: number) => Promise<unknown> } {
  let beats = 0;
  const waiting: { beats: number; resolve: (value: undefined) => void }[] = [];
  const runs = {
    renew: async () => {
      beats += 1;
      const current = beats;
      setTimeout(() => { for (const { beats: wanted, resolve } of waiting) if (current >= wanted) resolve(undefined); });
      return renew(current);
    },
  } as unknown as RunsStore; // the keeper calls nothing else
  const leases = new LeaseKeeper({ runs, workerId: 'w', leaseMs, heartbeatMs: 1, logger: silentLogger() });
  leases.start();
  const beaten = (wanted: number): Promise<unknown> => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    waiting.push({ beats: wanted, resolve });
    return promise;
  };
  return { leases, beaten };
}

const runId = newId('msg');
const fence = { runId, attempt: 1 };

describe('LeaseKeeper', () => {
  it('a run that is not renewed any more is lost: its work is stopped', async () => {
    const { leases, beaten } = keeper(() => Promise.resolve(new Map()));
    const lease = leases.hold(fence, performance.now(), () => undefined);
    expect(lease.isCertain).toBe(true);
    await beaten(1);
    expect(lease.reason).toBe('lost');
    expect(lease.signal.aborted).toBe(true);
    expect(lease.isCertain).toBe(false);
    leases.stop();
  });

  it('while Postgres is away nothing is stopped, but the lease is not certain past its end', async () => {
    const { leases, beaten } = keeper(() => Promise.reject(new Error('away')), 1);
    const lease = leases.hold(fence, performance.now(), () => undefined);
    await beaten(3);
    expect(lease.reason).toBeNull();
    expect(lease.signal.aborted).toBe(false);
    expect(lease.isCertain).toBe(false);
    leases.stop();
  });

  it('a cancel that was asked for is learnt at the heartbeat, and calls back after each renewal', async () => {
    const beats: number[] = [];
    const { leases, beaten } = keeper((beat) => Promise.resolve(new Map([[runId, { cancelRequested: beat >= 2 }]])));
    const lease = leases.hold(fence, performance.now(), () => beats.push(1));
    await beaten(2);
    expect(lease.reason).toBe('cancelled');
    expect(beats.length).toBeGreaterThanOrEqual(2);
    leases.stop();
  });

  it('the first reason stands, but a lost lease overrides it', () => {
    const { leases } = keeper(() => Promise.resolve(new Map()));
    leases.stop();
    const lease = leases.hold(fence, performance.now(), () => undefined);
    lease.stop('leaving');
    lease.stop('cancelled');
    expect(lease.reason).toBe('leaving');
    lease.stop('lost');
    expect(lease.reason).toBe('lost');
  });

  it('a run that was released meanwhile is not called lost, nor one that was claimed again', async () => {
    const answered = Promise.withResolvers<Renewals>();
    const { leases, beaten } = keeper((beat) => (beat === 1 ? answered.promise : Promise.resolve(new Map([[runId, { cancelRequested: false }]]))));
    const first = leases.hold(fence, performance.now(), () => undefined);
    await beaten(1);
    leases.release(first);
    const second = leases.hold({ runId, attempt: 2 }, performance.now(), () => undefined);
    leases.release(first);
    expect(leases.size).toBe(1);
    answered.resolve(new Map());
    await beaten(3);
    expect(first.reason).toBeNull();
    expect(second.reason).toBeNull();
    leases.stop();
  });
});
