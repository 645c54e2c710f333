import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { RunStage } from '../../../../test/support/run-stage.js';
import type { ClaimedRun } from './run.types.js';

describe('JournalStore', () => {
  let services: TestServices;
  let stage: RunStage;
  let run: ClaimedRun;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(async () => {
    run = await stage.take((await stage.ask('hello')).runId);
  });

  async function nextAttempt(): Promise<ClaimedRun> {
    await stage.lapse(run.runId);
    return stage.take(run.runId, 'worker-2');
  }

  it('gives back turns in order, and each call as begun or with its result', async () => {
    const { journal } = stage;
    expect(await journal.recordStep(run, 1, { turn: 'one' })).toBe(true);
    expect(await journal.beginCall(run, 'begun')).toBe(true);
    expect(await journal.beginCall(run, 'ended')).toBe(true);
    expect(await journal.endCall(run, 'ended', { text: 'done' })).toBe(true);
    expect(await journal.endCall(run, 'never begun', { text: 'read' })).toBe(true);
    expect(await journal.recordStep(run, 2, { turn: 'two' })).toBe(true);
    const stored = await journal.load(run.runId);
    expect(stored.steps).toEqual([{ turn: 'one' }, { turn: 'two' }]);
    expect(Object.fromEntries(stored.results)).toEqual({ begun: null, ended: { text: 'done' }, 'never begun': { text: 'read' } });
  });

  it('invariant 6: written again after a lost answer, each entry is the same and succeeds again', async () => {
    const { journal } = stage;
    for (let time = 0; time < 2; time += 1) {
      expect(await journal.recordStep(run, 1, { turn: 'one' })).toBe(true);
      expect(await journal.endCall(run, 'c', { text: 'done', failed: false })).toBe(true);
    }
    expect(await journal.endCall(run, 'c', { text: 'something else', failed: false })).toBe(false);
    expect((await journal.load(run.runId)).results.get('c')).toEqual({ text: 'done', failed: false });
  });

  it('invariant 6: a call that is over cannot begin again', async () => {
    await stage.journal.endCall(run, 'c', { text: 'done' });
    expect(await stage.journal.beginCall(run, 'c')).toBe(false);
    expect(await stage.journal.beginCall(await nextAttempt(), 'c')).toBe(false);
  });

  it('invariant 6: the next attempt can end what the one before began', async () => {
    await stage.journal.beginCall(run, 'c');
    const next = await nextAttempt();
    expect(await stage.journal.endCall(run, 'c', { text: 'from the dead' })).toBe(false);
    expect(await stage.journal.endCall(next, 'c', { text: 'unknown', failed: true })).toBe(true);
    expect((await stage.journal.load(run.runId)).results.get('c')).toEqual({ text: 'unknown', failed: true });
  });

  it('invariant 3: past its lease an attempt writes nothing, though nobody else has the run yet', async () => {
    await stage.lapse(run.runId);
    expect(await stage.journal.recordStep(run, 1, {})).toBe(false);
    expect(await stage.journal.beginCall(run, 'c')).toBe(false);
    expect(await stage.journal.endCall(run, 'c', {})).toBe(false);
    await stage.renew('worker-1', run);
    expect(await stage.journal.beginCall(run, 'c')).toBe(true);
  });

  it('once a run is over nothing is added', async () => {
    await stage.finish(run);
    expect(await stage.journal.recordStep(run, 1, {})).toBe(false);
    expect(await stage.journal.beginCall(run, 'c')).toBe(false);
  });
});
