import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConversationId, idToUuid, type MessageId, newId } from '@openclaw/words';
import { statement } from '@openclaw/db';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
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

/** The shown thread of a conversation, as texts. */
async function thread(conversationId: ConversationId): Promise<string[]> {
  const detail = await stage.conversations.find(GATEWAY, conversationId);
  if (!detail?.headId) return [];
  return (await stage.conversations.thread(GATEWAY, detail.headId, 200)).map(({ role, content }) => `${role}: ${content}`);
}

/** Runs that may be answered, in the order of the line. */
async function line(conversationId: ConversationId): Promise<MessageId[]> {
  return (await stage.runs.liveRuns(GATEWAY, conversationId)).reverse();
}

async function counts(conversationId: ConversationId): Promise<{ message_count: number; live_runs: number } | undefined> {
  const [row] = await services.sql<{ message_count: number; live_runs: number }>(
    'SELECT message_count, live_runs FROM conversations WHERE id = $1',
    [idToUuid(conversationId)],
  );
  return row;
}

const HOLD_RUN = statement({ name: 'hold_run', params: { runId: 'uuid' }, text: 'SELECT FROM runs WHERE id = :runId FOR UPDATE' });

describe('accept', () => {
  it('invariant 2: message, reply and run are there together, or none of them', async () => {
    const { runId, conversationId, questionId } = await stage.ask('hello');
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({ status: 'queued', questionId, content: '', attempt: 0 });
    expect(await thread(conversationId)).toEqual(['user: hello', 'assistant: ']);
    expect(await counts(conversationId)).toEqual({ message_count: 2, live_runs: 1 });
    const refused = stage.acceptance('never', { conversationId: newId('conv') });
    expect(await stage.accepts.accept(GATEWAY, refused)).toEqual({ outcome: 'no_conversation' });
    expect(
      await services.sql('SELECT 1 FROM messages WHERE id = ANY($1)', [[idToUuid(refused.runId), idToUuid(refused.question.id)]]),
    ).toEqual([]);
    expect(await stage.runs.find(GATEWAY, refused.runId)).toBeNull();
  });

  it('30 concurrent messages of one conversation stand in line, each below the one before, and the counts hold', async () => {
    const { conversationId } = await stage.ask('first');
    await Promise.all(Array.from({ length: 30 }, (_, index) => stage.ask(`message ${String(index)}`, { conversationId })));
    expect(await counts(conversationId)).toEqual({ message_count: 62, live_runs: 31 });
    const rows = await services.sql<{ ordinal: number }>('SELECT ordinal::int FROM runs WHERE conversation_id = $1 ORDER BY ordinal', [
      idToUuid(conversationId),
    ]);
    expect(rows.map((row) => row.ordinal)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
    expect(await thread(conversationId)).toHaveLength(62);
    for (const runId of await line(conversationId)) await stage.finish(await stage.take(runId));
    expect(await counts(conversationId)).toEqual({ message_count: 62, live_runs: 0 });
  });

  it('queue_full: no more than queueMax wait, over all conversations', async () => {
    const [{ waiting }] = (await services.sql<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM runs WHERE status = 'queued'`,
    )) as [{ waiting: number }]; // count gives a row
    const { conversationId } = await stage.ask('the last one', { queueMax: waiting + 1 });
    expect(await stage.accepts.accept(GATEWAY, stage.acceptance('too much', { queueMax: waiting + 1 }))).toEqual({ outcome: 'queue_full' });
    expect(await stage.accepts.accept(GATEWAY, stage.acceptance('too much', { conversationId, queueMax: waiting + 1 }))).toEqual({
      outcome: 'queue_full',
    });
    for (const runId of await line(conversationId)) await stage.take(runId);
    await stage.ask('room again', { queueMax: waiting + 1 });
  });

  it('busy: refused only while something waits or runs, and only where the caller asked for that', async () => {
    const { runId, conversationId } = await stage.ask('hello');
    const reject = { conversationId, onBusy: 'reject' } as const;
    expect(await stage.accepts.accept(GATEWAY, stage.acceptance('now', reject))).toEqual({ outcome: 'busy' });
    const run = await stage.take(runId);
    expect(await stage.accepts.accept(GATEWAY, stage.acceptance('now', reject))).toEqual({ outcome: 'busy' });
    await stage.finish(run);
    await stage.ask('now', reject);
  });

  it('no_parent: a parent must be a message of this very conversation', async () => {
    const [here, elsewhere] = [await stage.ask('here'), await stage.ask('elsewhere')];
    for (const parentId of [elsewhere.runId, newId('msg')]) {
      expect(await stage.accepts.accept(GATEWAY, stage.acceptance('edit', { conversationId: here.conversationId, parentId }))).toEqual({
        outcome: 'no_parent',
      });
    }
    await stage.finish(await stage.take(here.runId), 'completed', 'first reply');
    const next = await stage.ask('next', { conversationId: here.conversationId });
    await stage.finish(await stage.take(next.runId), 'completed', 'second reply');
    await stage.ask('edited', { conversationId: here.conversationId, parentId: here.runId });
    expect(await thread(here.conversationId)).toEqual(['user: here', 'assistant: first reply', 'user: edited', 'assistant: ']);
  });
});

describe('on_busy interrupt', () => {
  it('asks what runs to stop and goes before what waits, in the line and in the thread', async () => {
    const first = await stage.ask('one');
    const { conversationId } = first;
    const second = await stage.ask('two', { conversationId });
    const third = await stage.ask('three', { conversationId });
    const running = await stage.take(first.runId);
    const urgent = stage.acceptance('urgent', { conversationId, onBusy: 'interrupt' });
    expect(await stage.accepts.accept(GATEWAY, urgent)).toEqual({
      outcome: 'accepted',
      person: 'owner',
      interruptedRunId: idToUuid(first.runId),
    });
    expect((await stage.row(first.runId)).cancel_requested_at).not.toBeNull();
    expect(await line(conversationId)).toEqual([first.runId, urgent.runId, second.runId, third.runId]);
    await stage.finish(running, 'cancelled', '');
    expect(await stage.claim(second.runId)).toBeNull();
    await stage.finish(await stage.take(urgent.runId), 'completed', 'urgent reply');
    expect((await stage.take(second.runId)).thread.map(({ content }) => content)).toEqual(['one', '', 'urgent', 'urgent reply', 'two']);
    expect(await thread(conversationId)).toEqual([
      'user: one',
      'assistant: ',
      'user: urgent',
      'assistant: urgent reply',
      'user: two',
      'assistant: ',
      'user: three',
      'assistant: ',
    ]);
    expect(await counts(conversationId)).toEqual({ message_count: 8, live_runs: 2 });
  });

  it('with nothing going it is an ordinary message', async () => {
    const first = await stage.ask('one');
    await stage.finish(await stage.take(first.runId), 'completed', 'reply');
    const next = stage.acceptance('two', { conversationId: first.conversationId, onBusy: 'interrupt' });
    expect(await stage.accepts.accept(GATEWAY, next)).toEqual({ outcome: 'accepted', person: 'owner', interruptedRunId: null });
    expect(await thread(first.conversationId)).toEqual(['user: one', 'assistant: reply', 'user: two', 'assistant: ']);
  });

  it('a question that is answered again keeps its place in the tree, whether it interrupts or is interrupted', async () => {
    const first = await stage.ask('one');
    const { conversationId } = first;
    await stage.finish(await stage.take(first.runId), 'completed', 'reply');
    const second = await stage.ask('two', { conversationId });
    const again = await stage.ask('', { conversationId, question: { id: first.questionId }, onBusy: 'interrupt' });
    expect(await line(conversationId)).toEqual([again.runId, second.runId]);
    expect(await thread(conversationId)).toEqual(['user: one', 'assistant: ']);
    await stage.ask('three', { conversationId, onBusy: 'interrupt' });
    const parents = await services.sql<{ parent_id: string | null }>('SELECT parent_id FROM messages WHERE id = $1', [
      idToUuid(first.questionId),
    ]);
    expect(parents).toEqual([{ parent_id: null }]);
  });

  /** Starts two statements while a row lock holds both up, in this order, and lets them go. */
  async function behindLockOn(runId: MessageId, first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<void> {
    const [locked, released] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const holding = stage.database.transaction(async (query) => {
      await query(HOLD_RUN, { runId: idToUuid(runId) });
      locked.resolve(undefined);
      await released.promise;
    });
    const blocked = (count: number): Promise<true> =>
      until(
        `${String(count)} statements blocked`,
        async () => {
          const rows = await services.sql<{ n: number }>(
            `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          return rows[0]?.n === count;
        },
        1200,
      );
    await locked.promise;
    const one = first();
    await blocked(1);
    const two = second();
    await blocked(2);
    released.resolve(undefined);
    await Promise.all([one, two, holding]);
  }

  it('a claim that waits while the line is changed does not take a run that has lost its turn', async () => {
    const { runId, conversationId } = await stage.ask('one');
    const urgent = stage.acceptance('urgent', { conversationId, onBusy: 'interrupt' });
    const claims: unknown[] = [];
    await behindLockOn(
      runId,
      () => stage.accepts.accept(GATEWAY, urgent),
      async () => claims.push(await stage.claim(runId)),
    );
    expect(claims).toEqual([null]);
    expect(await stage.claim(urgent.runId)).not.toBeNull();
  });

  it('a run that is claimed while the interrupting message comes is interrupted and stays before it', async () => {
    const { runId, conversationId } = await stage.ask('one');
    const urgent = stage.acceptance('urgent', { conversationId, onBusy: 'interrupt' });
    await behindLockOn(
      runId,
      () => stage.claim(runId),
      () => stage.accepts.accept(GATEWAY, urgent),
    );
    expect(await stage.row(runId)).toMatchObject({ status: 'processing' });
    expect((await stage.row(runId)).cancel_requested_at).not.toBeNull();
    expect(await stage.claim(urgent.runId)).toBeNull();
    expect(await line(conversationId)).toEqual([runId, urgent.runId]);
  });

  it('messages that interrupt, finish and cancel at the same time neither deadlock nor lose count', async () => {
    const { conversationId } = await stage.ask('first');
    for (let round = 0; round < 15; round += 1) {
      const [head] = await line(conversationId);
      const run = head === undefined ? null : await stage.claim(head);
      await Promise.all([
        stage.ask(`urgent ${String(round)}`, { conversationId, onBusy: 'interrupt' }),
        stage.ask(`next ${String(round)}`, { conversationId }),
        run ? stage.finish(run) : undefined,
        ...(await line(conversationId)).slice(1).map((runId) => stage.cancel(runId)),
      ]);
    }
    const live = await line(conversationId);
    expect((await counts(conversationId))?.live_runs).toBe(live.length);
    const ordinals = await Promise.all(live.map(async (runId) => (await stage.row(runId)).ordinal));
    expect(new Set(ordinals).size).toBe(live.length);
  });
});

describe('idempotency keys', () => {
  const key = (name: string, requestHash = 'hash'): { idempotency: { key: string; requestHash: string } } => ({
    idempotency: { key: name, requestHash },
  });

  it('of 20 messages with one key one is accepted, and the key stands for it', async () => {
    const acceptances = Array.from({ length: 20 }, () => stage.acceptance('hello', key('same')));
    const results = await Promise.all(acceptances.map((acceptance) => stage.accepts.accept(GATEWAY, acceptance)));
    expect(results.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    expect(results.filter(({ outcome }) => outcome === 'key_taken')).toHaveLength(19);
    const winner = acceptances[results.findIndex(({ outcome }) => outcome === 'accepted')];
    expect(await stage.accepts.findKey(GATEWAY, 'same')).toEqual({ runUuid: winner && idToUuid(winner.runId), requestHash: 'hash' });
  });

  it('a key belongs to its token', async () => {
    await stage.ask('hello', key('mine'));
    expect(await stage.accepts.findKey(person('another'), 'mine')).toBeNull();
    await stage.ask('hello', key('mine'), person('another'));
  });

  it('a message that is refused uses no key up', async () => {
    expect(await stage.accepts.accept(GATEWAY, stage.acceptance('hello', { ...key('unused'), conversationId: newId('conv') }))).toEqual({
      outcome: 'no_conversation',
    });
    expect(await stage.accepts.accept(GATEWAY, stage.acceptance('hello', { ...key('unused'), queueMax: 0 }))).toEqual({
      outcome: 'queue_full',
    });
    expect(await stage.accepts.findKey(GATEWAY, 'unused')).toBeNull();
  });

  it('kept 24 hours, then free again', async () => {
    await stage.ask('hello', key('old'));
    await stage.ask('hello', key('older'));
    await services.sql(`UPDATE idempotency_keys SET created_at = now() - interval '23 hours 59 minutes' WHERE key = 'old'`);
    await services.sql(`UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 minute' WHERE key = 'older'`);
    expect(await stage.accepts.findKey(GATEWAY, 'old')).not.toBeNull();
    expect(await stage.accepts.findKey(GATEWAY, 'older')).toBeNull();
    await stage.ask('hello', key('older'));
    await services.sql(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key IN ('old', 'older')`);
    await stage.accepts.forgetOldKeys();
    expect(await services.sql(`SELECT key FROM idempotency_keys WHERE key IN ('old', 'older')`)).toEqual([]);
  });
});
