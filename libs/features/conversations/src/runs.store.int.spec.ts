import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToUuid, type MessageId, RUN_STATUSES, type RunStatus } from '@openclaw/words';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { RunStage } from '../../../../test/support/run-stage.js';
import { RUN_TRANSITIONS } from './run-state.js';
import { GATEWAY, person } from '../../../../test/support/callers.js';

let services: TestServices;
let stage: RunStage;

beforeAll(async () => {
  services = await createTestServices();
  stage = new RunStage(services);
});
afterAll(async () => {
  await stage.close();
  await services.close();
});

describe('claim', () => {
  it('invariant 3: of 20 concurrent claims one wins', async () => {
    const { runId } = await stage.ask('hello');
    const claims = await Promise.all(Array.from({ length: 20 }, (_, index) => stage.claim(runId, `worker-${String(index)}`)));
    const won = claims.filter((claim) => claim !== null);
    expect(won).toHaveLength(1);
    expect(won[0]).toMatchObject({ attempt: 1, losses: 0, cancelRequested: false, seqReserved: 64 });
    expect(await stage.row(runId)).toMatchObject({ status: 'processing', attempt: 1 });
  });

  it('gives the thread to the question, oldest first, and the caller’s identity', async () => {
    const first = await stage.ask('one', {}, person('anna', ['message', 'memory']));
    await stage.finish(await stage.take(first.runId), 'completed', 'answer one');
    const second = await stage.ask('two', { conversationId: first.conversationId });
    const run = await stage.take(second.runId);
    expect(run.thread.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'one'],
      ['assistant', 'answer one'],
      ['user', 'two'],
    ]);
    expect(run.conversationId).toBe(first.conversationId);
    expect(run.caller).toMatchObject({ tokenId: 'gateway', person: 'anna', sees: 'anna' });
    const own = await stage.take((await stage.ask('x', {}, person('anna', ['read']))).runId);
    expect(own.caller).toEqual({ tokenId: 'token-of-anna', scopes: ['read'], person: 'anna', sees: 'anna', requestId: 'request-of-anna' });
  });

  it('an earlier run of the conversation that waits or runs stands before it', async () => {
    const first = await stage.ask('one');
    const second = await stage.ask('two', { conversationId: first.conversationId });
    expect(await stage.claim(second.runId)).toBeNull();
    const run = await stage.take(first.runId);
    expect(await stage.claim(second.runId)).toBeNull();
    await stage.finish(run);
    expect(await stage.claim(second.runId)).not.toBeNull();
  });

  it('takes over only after the lease ended, and that counts as a loss', async () => {
    const { runId } = await stage.ask('hello');
    await stage.take(runId, 'worker-1');
    expect(await stage.claim(runId, 'worker-2')).toBeNull();
    await stage.lapse(runId);
    expect(await stage.claim(runId, 'worker-2')).toMatchObject({ attempt: 2, losses: 1 });
  });

  it('a run that was handed back costs nothing and is free at once', async () => {
    const { runId } = await stage.ask('hello');
    const run = await stage.take(runId);
    expect(await stage.runs.handBack(run)).toBe(true);
    expect(await stage.claim(runId, 'worker-2')).toMatchObject({ attempt: 2, losses: 0 });
  });

  it('a later attempt learns what earlier ones may have published', async () => {
    const { runId } = await stage.ask('hello');
    const run = await stage.take(runId);
    expect(await stage.runs.reserve(run, 500)).toBe(true);
    expect(await stage.runs.reserve(run, 100)).toBe(true);
    await stage.lapse(runId);
    expect(await stage.claim(runId)).toMatchObject({ attempt: 2, seqReserved: 500 });
  });
});

describe('the fence', () => {
  it('invariant 3: an attempt that was replaced writes nothing', async () => {
    const { runId, conversationId } = await stage.ask('hello');
    const old = await stage.take(runId, 'worker-1');
    await stage.lapse(runId);
    const current = await stage.take(runId, 'worker-2');
    expect(await stage.runs.reserve(old, 1000)).toBe(false);
    expect(await stage.runs.handBack(old)).toBe(false);
    expect(await stage.finish(old, 'completed', 'from the dead')).toBe(false);
    expect((await stage.renew('worker-1', old)).size).toBe(0);
    expect(await stage.journal.recordStep(old, 1, {})).toBe(false);
    expect(await stage.journal.beginCall(old, 'c')).toBe(false);
    expect(await stage.journal.endCall(old, 'c', {})).toBe(false);
    expect(await stage.row(runId)).toMatchObject({ status: 'processing', attempt: 2, events: null });
    expect(await stage.finish(current, 'completed', 'alive')).toBe(true);
    expect((await stage.runs.find(GATEWAY, runId))?.content).toBe('alive');
    expect(
      (await services.sql<{ live_runs: number }>('SELECT live_runs FROM conversations WHERE id = $1', [idToUuid(conversationId)]))[0]
        ?.live_runs,
    ).toBe(0);
  });

  it('invariant 4: of many endings one is written', async () => {
    const { runId, conversationId } = await stage.ask('hello');
    const run = await stage.take(runId);
    const endings = await Promise.all(
      Array.from({ length: 10 }, (_, index) => stage.finish(run, index % 2 === 0 ? 'completed' : 'failed', `ending ${String(index)}`)),
    );
    expect(endings.filter(Boolean)).toHaveLength(1);
    expect((await stage.runs.find(GATEWAY, runId))?.content).toBe(`ending ${String(endings.indexOf(true))}`);
    expect(
      (await services.sql<{ live_runs: number }>('SELECT live_runs FROM conversations WHERE id = $1', [idToUuid(conversationId)]))[0]
        ?.live_runs,
    ).toBe(0);
  });

  it('renews what is this worker’s and says what is to be cancelled', async () => {
    const [mine, cancelled, foreign] = [await stage.ask('a'), await stage.ask('b'), await stage.ask('c')];
    const fences = [await stage.take(mine.runId, 'w'), await stage.take(cancelled.runId, 'w'), await stage.take(foreign.runId, 'other')];
    await stage.cancel(cancelled.runId);
    const renewed = await stage.renew('w', ...fences);
    expect([...renewed]).toHaveLength(2);
    expect(renewed.get(mine.runId)).toEqual({ cancelRequested: false });
    expect(renewed.get(cancelled.runId)).toEqual({ cancelRequested: true });
  });

  it('a renewal that comes after the lease lapsed, with nobody else there, keeps the run', async () => {
    const { runId } = await stage.ask('hello');
    const run = await stage.take(runId);
    await stage.lapse(runId);
    expect((await stage.renew('worker-1', run)).has(runId)).toBe(true);
    expect(await stage.claim(runId, 'worker-2')).toBeNull();
  });
});

describe('cancel', () => {
  it('ends at once what no worker ever had, with its event and error', async () => {
    const { runId } = await stage.ask('hello');
    expect(await stage.cancel(runId)).toBe('cancelled');
    expect(await stage.row(runId)).toMatchObject({ status: 'cancelled', events: '[]', error: { error: 'conflict' } });
    expect(await stage.claim(runId)).toBeNull();
  });

  it('asks the worker of what runs, and keeps the first time it was asked', async () => {
    const { runId } = await stage.ask('hello');
    await stage.take(runId);
    expect(await stage.cancel(runId)).toBe('processing');
    const first = (await stage.row(runId)).cancel_requested_at;
    expect(await stage.cancel(runId)).toBe('processing');
    expect((await stage.row(runId)).cancel_requested_at).toEqual(first);
  });

  it('what was handed back is left to the next worker, who is told', async () => {
    const { runId } = await stage.ask('hello');
    await stage.runs.handBack(await stage.take(runId));
    expect(await stage.cancel(runId)).toBe('queued');
    expect(await stage.claim(runId)).toMatchObject({ cancelRequested: true });
  });

  it('of a claim and a cancel at the same time, both are told the same', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { runId } = await stage.ask('hello');
      const [claimed, status] = await Promise.all([stage.claim(runId), stage.cancel(runId)]);
      expect(status).toBe(claimed ? 'processing' : 'cancelled');
    }
  });
});

describe('RUN_TRANSITIONS', () => {
  /** Every statement that can change the state of a run, with the fence of the newest attempt. */
  const STATEMENTS: Readonly<Record<string, (runId: MessageId, attempt: number) => Promise<unknown>>> = {
    claim: async (runId) => stage.claim(runId, 'worker-2'),
    'claim after the lease': async (runId) => stage.lapse(runId).then(() => stage.claim(runId, 'worker-2')),
    renew: async (runId, attempt) => stage.renew('worker-1', { runId, attempt }),
    reserve: async (runId, attempt) => stage.runs.reserve({ runId, attempt }, 1000),
    'hand back': async (runId, attempt) => stage.runs.handBack({ runId, attempt }),
    complete: async (runId, attempt) => stage.finish({ runId, attempt }, 'completed'),
    fail: async (runId, attempt) => stage.finish({ runId, attempt }, 'failed'),
    'end as cancelled': async (runId, attempt) => stage.finish({ runId, attempt }, 'cancelled'),
    'request cancel': async (runId) => stage.cancel(runId),
    'interrupt with another message': async (runId) =>
      stage.runs.find(GATEWAY, runId).then((run) => run && stage.ask('next', { conversationId: run.conversationId, onBusy: 'interrupt' })),
  };

  async function put(status: RunStatus, handedBack: boolean): Promise<MessageId> {
    const { runId } = await stage.ask('hello');
    if (status === 'queued' && !handedBack) return runId;
    const run = await stage.take(runId);
    if (status === 'queued') await stage.runs.handBack(run);
    else if (status !== 'processing') await stage.finish(run, status);
    return runId;
  }

  it.each(Object.keys(STATEMENTS))('invariant 4: "%s" moves a run along the table and never out of a terminal state', async (name) => {
    for (const from of RUN_STATUSES) {
      for (const handedBack of from === 'queued' ? [false, true] : [false]) {
        const runId = await put(from, handedBack);
        const before = await stage.row(runId);
        await STATEMENTS[name]?.(runId, before.attempt);
        const after = await stage.row(runId);
        if (after.status !== from || after.attempt !== before.attempt) expect(RUN_TRANSITIONS[from]).toContain(after.status);
        if (RUN_TRANSITIONS[from].length === 0) expect(after).toEqual(before);
      }
    }
  });
});

describe('unanswered', () => {
  it('names runs whose turn it is and whose worker or bell is lost, each with the attempt it is at, oldest first', async () => {
    const lost = await stage.ask('lost worker');
    await stage.take(lost.runId);
    await stage.lapse(lost.runId);
    const waiting = await stage.ask('lost bell');
    const behind = await stage.ask('behind', { conversationId: waiting.conversationId });
    const busy = await stage.ask('in good hands');
    await stage.take(busy.runId);
    const fresh = await stage.ask('fresh');
    await services.sql(`UPDATE runs SET created_at = created_at - interval '1 minute' WHERE id <> $1`, [idToUuid(fresh.runId)]);
    const found = await stage.runs.unanswered(30_000, 500);
    const ids = found.map(({ runId }) => runId);
    expect(found.find(({ runId }) => runId === lost.runId)).toMatchObject({ attempt: 1 });
    expect(found.find(({ runId }) => runId === waiting.runId)).toMatchObject({ attempt: 0 });
    expect(ids.indexOf(lost.runId)).toBeLessThan(ids.indexOf(waiting.runId));
    for (const absent of [behind, busy, fresh]) expect(ids).not.toContain(absent.runId);
    expect(await stage.runs.unanswered(30_000, 1)).toHaveLength(1);
  });
});
