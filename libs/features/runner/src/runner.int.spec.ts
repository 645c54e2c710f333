import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { idToUuid, type MadeFile, type MessageId, newId, type RunEvent } from '@openclaw/words';
import { eventKeys } from '@openclaw/events';
import { ScriptedModel } from '@openclaw/models/testing';
import { GATEWAY } from '../../../../test/support/callers.js';
import { captureLog } from '../../../../test/support/captured-log.js';
import { effect } from '../../../../test/support/counted-tool.js';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTcpProxy, through } from '../../../../test/support/tcp-proxy.js';
import { until } from '../../../../test/support/until.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import {
  createStageWorker,
  finishedLog,
  freshRun,
  type StageWorker,
  untilEvent,
  type WorkerOptions,
} from '../../../../test/support/worker-stage.js';

let services: TestServices;
let stage: RunStage;
let workers: StageWorker[];

beforeAll(async () => {
  services = await createTestServices();
  stage = new RunStage(services);
});
afterAll(async () => {
  await stage.close();
  await services.close();
});
beforeEach(() => {
  workers = [];
});
afterEach(() => Promise.all(workers.map((worker) => worker.close())));

async function worker(options: WorkerOptions): Promise<StageWorker> {
  const made = await createStageWorker(stage, options);
  workers.push(made);
  return made;
}

const says = (text: string): ScriptedModel => new ScriptedModel([[text]]);
const types = (events: readonly RunEvent[]): string[] => events.map((event) => event.type);
const isDense = (events: readonly RunEvent[]): boolean => events.every((event, index) => event.seq === index + 1);

/** Cuts when the run's first event tells its name. */
function cutsWhenNamed(cut: () => void): ScriptedModel {
  return Object.defineProperty(says('never'), 'model', {
    get: () => {
      cut();
      return 'test';
    },
  });
}
const pays = (): ScriptedModel => new ScriptedModel([[{ call: 'pay', callId: 'call_1' }], ['It is paid.']]);

describe('a run', () => {
  it('reply, state and log are recorded together; the log is dense and ends in what the state says', async () => {
    const runId = await freshRun(stage);
    await (await worker({ model: says('hi there') })).answer(runId);
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({ status: 'completed', content: 'hi there', attempt: 1 });
    const log = await finishedLog(stage, runId);
    expect(types(log)).toEqual(['start', 'token', 'end']);
    expect(isDense(log)).toBe(true);
    expect(await services.redis.exists(eventKeys(services.prefix).tail(runId))).toBe(0);
  });

  it('a bell for a run that is not first in line, is over, runs elsewhere or does not exist does nothing', async () => {
    const first = await stage.ask('one');
    const second = await stage.ask('two', { conversationId: first.conversationId });
    const model = says('never');
    const idle = await worker({ model });
    await idle.answer(second.runId);
    await stage.take(first.runId);
    await idle.answer(first.runId);
    await idle.answer(second.questionId);
    expect(model.requests).toHaveLength(0);
    expect(await stage.row(second.runId)).toMatchObject({ status: 'queued', attempt: 0 });
  });

  it('a bug in the work ends the run as failed at once, without particulars', async () => {
    const runId = await freshRun(stage);
    await (
      await worker({ model: new ScriptedModel([[{ throws: new TypeError('x is not a function at /srv/secret.js') }]]) })
    ).answer(runId);
    const { status, error } = await stage.row(runId);
    expect(status).toBe('failed');
    expect(error).toMatchObject({ error: 'internal_error', status: 500, details: {} });
    expect(JSON.stringify(await finishedLog(stage, runId))).not.toContain('secret.js');
  });

  it('rings for the next in line when it is over', async () => {
    const first = await stage.ask('one');
    const second = await stage.ask('two', { conversationId: first.conversationId });
    await (await worker({ model: says('hi') })).answer(first.runId);
    const waiting = await services.redis.keys(`${services.prefix}-queue:answer-run:*`);
    const jobs = await Promise.all(waiting.filter((key) => /:\d+$/.test(key)).map((key) => services.redis.hget(key, 'data')));
    expect(jobs.some((data) => data?.includes(second.runId))).toBe(true);
  });
});

describe('a lost lease', () => {
  it('invariant 3: stops the work midway and writes nothing; whoever has the run now completes it', async () => {
    const runId = await freshRun(stage);
    const hangs = new ScriptedModel([['void ', { wait: () => new Promise(() => undefined) }]]);
    const lost = await worker({ model: hangs });
    const answering = lost.answer(runId);
    await untilEvent(stage, runId, 'token');
    await services.sql(`UPDATE runs SET lease_until = now() - interval '1 second', worker_id = 'nobody' WHERE status = 'processing'`);
    await (await worker({ model: says('the reply') })).answer(runId);
    await answering;
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({ status: 'completed', content: 'the reply', attempt: 2 });
    const log = await finishedLog(stage, runId);
    expect(isDense(log)).toBe(true);
    expect(types(log).filter((type) => type === 'end' || type === 'error')).toEqual(['end']);
    const restart = log.findIndex((event) => event.type === 'restart');
    expect(log.slice(restart).map((event) => (event.type === 'token' ? event.content : event.type))).toEqual([
      'restart',
      'the reply',
      'end',
    ]);
    expect((await stage.row(runId)).losses).toBe(1);
  });

  it('what it gave stands in the reply of whoever goes on, and is told again after the restart', async () => {
    const runId = await freshRun(stage);
    const made: MadeFile = { id: newId('file'), name: 'a.txt', media_type: 'text/plain', size: 5 };
    await services.sql(
      `INSERT INTO files (id, person, name, media_type, size, sha256) VALUES ($1, 'owner', 'a.txt', 'text/plain', 5, '')`,
      [idToUuid(made.id)],
    );
    await services.sql(
      'INSERT INTO file_uses (file_id, message_id, conversation_id) SELECT $1, id, conversation_id FROM runs WHERE id = $2',
      [idToUuid(made.id), idToUuid(runId)],
    );
    const lost = await worker({ model: new ScriptedModel([['void ', { wait: () => new Promise(() => undefined) }]]) });
    const answering = lost.answer(runId);
    await untilEvent(stage, runId, 'token');
    await services.sql(`UPDATE runs SET lease_until = now() - interval '1 second', worker_id = 'nobody' WHERE status = 'processing'`);
    await (await worker({ model: says('the reply') })).answer(runId);
    await answering;
    const log = await finishedLog(stage, runId);
    expect(types(log).slice(types(log).indexOf('restart'))).toEqual(['restart', 'attachment', 'token', 'end']);
    expect(log.at(-1)).toMatchObject({ type: 'end', attachments: [made] });
    expect((await stage.runs.find(GATEWAY, runId))?.outcome).toMatchObject({ attachments: [made] });
  });

  it('a worker that finishes after it was replaced changes nothing', async () => {
    const runId = await freshRun(stage);
    const held = Promise.withResolvers<undefined>();
    const slow = await worker({ model: new ScriptedModel([[{ wait: () => held.promise }, 'from the dead']]), heartbeat: false });
    const answering = slow.answer(runId);
    await untilEvent(stage, runId, 'start');
    await stage.lapse(runId);
    await (await worker({ model: says('alive') })).answer(runId);
    held.resolve(undefined);
    await answering;
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({ status: 'completed', content: 'alive' });
    expect(JSON.stringify(await services.redis.xrange(eventKeys(services.prefix).live, '-', '+'))).not.toContain('from the dead');
  });

  /** A worker takes it, with so many others in hand by its last sign of life, and falls silent. */
  async function loseWorker(runId: MessageId, active: number): Promise<void> {
    const id = `gone-${newId('msg')}`;
    await services.sql(`INSERT INTO processes (id, kind, host, active) VALUES ($1, 'worker', 'host', $2)`, [id, active]);
    await stage.take(runId, id);
    await stage.lapse(runId);
  }

  it('a run that loses two workers at the same step, with nothing else in hand, fails then and says so', async () => {
    const runId = await freshRun(stage);
    await loseWorker(runId, 16);
    await loseWorker(runId, 1);
    const model = says('never');
    await (await worker({ model })).answer(runId);
    expect(model.requests).toHaveLength(0);
    expect(await stage.row(runId)).toMatchObject({
      status: 'failed',
      losses: 2,
      error: { error: 'internal_error', details: { id: runId, attempts: 2, reason: 'lost_in_one_place' } },
    });
    expect(isDense(await finishedLog(stage, runId))).toBe(true);
  });

  it('one that others may have been to blame for is tried once more with no other suspect beside it, and completes where it is innocent', async () => {
    const suspects = await Promise.all([freshRun(stage), freshRun(stage)]);
    for (const runId of suspects) for (let loss = 0; loss < 2; loss += 1) await loseWorker(runId, 16);
    const held = Promise.withResolvers<undefined>();
    const alone = await worker({ model: new ScriptedModel([[{ wait: () => held.promise }, 'innocent'], ['innocent']]) });
    const answering = alone.answer(suspects[0]);
    await untilEvent(stage, suspects[0], 'start');
    await alone.answer(suspects[1]);
    expect(await stage.row(suspects[1])).toMatchObject({ status: 'queued', losses: 2 });
    held.resolve(undefined);
    await answering;
    await alone.answer(suspects[1]);
    for (const runId of suspects) expect(await stage.row(runId)).toMatchObject({ status: 'completed', losses: 2 });
  });

  it('one that is lost after it was suspected fails, whatever else was in hand', async () => {
    const runId = await freshRun(stage);
    for (let loss = 0; loss < 3; loss += 1) await loseWorker(runId, 16);
    await (await worker({ model: says('never') })).answer(runId);
    expect(await stage.row(runId)).toMatchObject({ status: 'failed', losses: 3, error: { details: { reason: 'lost_in_one_place' } } });
  });

  it('one that gets further between its losses is not suspected', async () => {
    const runId = await freshRun(stage);
    for (let loss = 0; loss < 2; loss += 1) {
      await loseWorker(runId, 1);
      await services.sql(
        `INSERT INTO run_steps (run_id, turn, step) SELECT id, $2, '{"text":"","calls":[],"usage":{"input":0,"output":0},"model":"a/b","costUsd":null}' FROM runs WHERE attempt > 0 AND id = $1`,
        [idToUuid(runId), loss + 1],
      );
    }
    await (await worker({ model: says('further') })).answer(runId);
    expect(await stage.row(runId)).toMatchObject({ status: 'completed', losses: 2 });
  });

  it('a worker that stood still takes nothing over from itself', async () => {
    const runId = await freshRun(stage);
    const held = Promise.withResolvers<undefined>();
    const frozen = await worker({ model: new ScriptedModel([[{ wait: () => held.promise }, 'awake again']]), heartbeat: false });
    const answering = frozen.answer(runId);
    await untilEvent(stage, runId, 'start');
    await stage.lapse(runId);
    await frozen.answer(runId);
    expect(await stage.row(runId)).toMatchObject({ status: 'processing', attempt: 1, losses: 0 });
    held.resolve(undefined);
    await answering;
    expect(await stage.row(runId)).toMatchObject({ status: 'completed', attempt: 1, losses: 0 });
  });

  it('invariant 4: a run that loses worker after worker fails with an error that says so', async () => {
    const runId = await freshRun(stage);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await stage.take(runId, `gone-${String(attempt)}`);
      await stage.lapse(runId);
      await services.sql('UPDATE runs SET losses_here = 0 WHERE id = $1', [idToUuid(runId)]); // each at another step
    }
    const model = says('never');
    await (await worker({ model })).answer(runId);
    expect(model.requests).toHaveLength(0);
    expect(await stage.row(runId)).toMatchObject({
      status: 'failed',
      losses: 3,
      error: { error: 'internal_error', details: { id: runId, attempts: 3 } },
    });
    expect((await stage.row(runId)).error?.message).toContain('lost again and again');
  });
});

describe('cancel', () => {
  it('reaches a model that hangs; what there was of the reply is kept', async () => {
    const runId = await freshRun(stage);
    const hangs = await worker({ model: new ScriptedModel([['so far', { wait: () => new Promise(() => undefined) }]]) });
    const answering = hangs.answer(runId);
    await untilEvent(stage, runId, 'token');
    hangs.leases.cancel(runId);
    await answering;
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({
      status: 'cancelled',
      content: 'so far',
      error: { error: 'conflict', details: { id: runId } },
    });
    expect(types(await finishedLog(stage, runId))).toEqual(['start', 'token', 'error']);
  });

  it('reaches a tool that hangs, by the heartbeat alone when the notice was lost', async () => {
    const runId = await freshRun(stage);
    const { tool, began } = effect('report');
    const answering = (await worker({ model: pays(), tools: [tool] })).answer(runId);
    await began;
    await stage.cancel(runId);
    await answering;
    expect(await stage.row(runId)).toMatchObject({ status: 'cancelled' });
  });

  it('a run that was cancelled between two workers is ended by the second without asking a model', async () => {
    const runId = await freshRun(stage);
    await stage.runs.handBack(await stage.take(runId));
    await stage.cancel(runId);
    const model = says('never');
    await (await worker({ model })).answer(runId);
    expect(model.requests).toHaveLength(0);
    expect(await stage.row(runId)).toMatchObject({ status: 'cancelled' });
    expect(isDense(await finishedLog(stage, runId))).toBe(true);
  });
});

describe('a worker that stops', () => {
  it('hands back what it cannot finish, at no cost, and another completes it', async () => {
    const runId = await freshRun(stage);
    const leaving = await worker({ model: new ScriptedModel([['half', { wait: () => new Promise(() => undefined) }]]) });
    const answering = leaving.answer(runId);
    await untilEvent(stage, runId, 'token');
    leaving.stopping.abort();
    await answering;
    expect(await stage.row(runId)).toMatchObject({ status: 'queued', attempt: 1, losses: 0 });
    await (await worker({ model: says('whole') })).answer(runId);
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({ status: 'completed', content: 'whole', attempt: 2 });
    expect(isDense(await finishedLog(stage, runId))).toBe(true);
    expect((await stage.row(runId)).losses).toBe(0);
  });

  it('takes nothing new, and finishes what it can in its time', async () => {
    const [running, late] = [await freshRun(stage), await freshRun(stage)];
    const held = Promise.withResolvers<undefined>();
    const leaving = await worker({ model: new ScriptedModel([[{ wait: () => held.promise }, 'done']]), settings: { finishMs: 30_000 } });
    const answering = leaving.answer(running);
    await untilEvent(stage, running, 'start');
    leaving.stopping.abort();
    await leaving.answer(late);
    held.resolve(undefined);
    await answering;
    expect(await stage.row(running)).toMatchObject({ status: 'completed' });
    expect(await stage.row(late)).toMatchObject({ status: 'queued', attempt: 0 });
  });
});

describe('tools with effects', () => {
  it('invariant 6: policy report: called once although its worker is lost between begin and end; the model is told', async () => {
    const runId = await freshRun(stage);
    const first = effect('report');
    const lost = (await worker({ model: pays(), tools: [first.tool], heartbeat: false })).answer(runId);
    await first.began;
    await stage.lapse(runId);
    const second = effect('report');
    const model = new ScriptedModel([['I do not know whether it is paid.']]);
    await (await worker({ model, tools: [second.tool] })).answer(runId);
    first.release();
    await lost;
    expect([first.calls.length, second.calls.length]).toEqual([1, 0]);
    const told = model.requests[0]?.messages.at(-1);
    expect(told).toMatchObject({ role: 'tool', callId: 'call_1', failed: true });
    expect(JSON.stringify(told)).toContain('unknown');
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({
      status: 'completed',
      content: 'I do not know whether it is paid.',
      attempt: 2,
    });
  });

  it('invariant 6: policy safe: repeated under the same idempotency key', async () => {
    const runId = await freshRun(stage);
    const first = effect('safe');
    const lost = (await worker({ model: pays(), tools: [first.tool], heartbeat: false })).answer(runId);
    await first.began;
    await stage.lapse(runId);
    const second = effect('safe');
    second.release();
    await (await worker({ model: new ScriptedModel([['It is paid.']]), tools: [second.tool] })).answer(runId);
    first.release();
    await lost;
    expect(second.calls).toEqual(first.calls);
    expect(first.calls[0]?.idempotencyKey).toContain(runId);
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({ status: 'completed', content: 'It is paid.' });
  });

  it('invariant 6: a call whose result is recorded is not called again, and its turn is not decided again', async () => {
    const runId = await freshRun(stage);
    const { tool, calls, release } = effect('report');
    release();
    const model = new ScriptedModel([[{ call: 'pay', callId: 'call_1' }], ['It is', { wait: () => new Promise(() => undefined) }]]);
    const lost = (await worker({ model, tools: [tool] })).answer(runId);
    await untilEvent(stage, runId, 'token');
    await services.sql(`UPDATE runs SET lease_until = now() - interval '1 second', worker_id = 'nobody' WHERE status = 'processing'`);
    const next = new ScriptedModel([['It is paid.']]);
    await (await worker({ model: next, tools: [tool] })).answer(runId);
    await lost;
    expect(calls).toHaveLength(1);
    expect(next.requests[0]?.messages.slice(-2)).toMatchObject([
      { role: 'assistant', calls: [{ callId: 'call_1' }] },
      { role: 'tool', callId: 'call_1', text: 'paid', failed: false },
    ]);
    const log = await finishedLog(stage, runId);
    expect(isDense(log)).toBe(true);
    expect(types(log.slice(log.findIndex((event) => event.type === 'restart')))).toEqual([
      'restart',
      'skill_call',
      'skill_result',
      'token',
      'end',
    ]);
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({ content: 'It is paid.', outcome: { skills_used: ['pay'] } });
  });
});

describe('Postgres away', () => {
  it('while a run finishes: the reply is written when it is back, once', async () => {
    const proxy = await createTcpProxy(services.databaseUrl);
    const runId = await freshRun(stage);
    const held = Promise.withResolvers<undefined>();
    const model = new ScriptedModel([[{ wait: () => held.promise }, 'worth waiting for']]);
    const slow = await worker({ model, databaseUrl: through(proxy, services.databaseUrl) });
    const answering = slow.answer(runId);
    await until('the model is asked', () => model.requests.length === 1);
    proxy.cut();
    held.resolve(undefined);
    await untilEvent(stage, runId, 'token');
    expect(await stage.row(runId)).toMatchObject({ status: 'processing' });
    proxy.open();
    await answering;
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({ status: 'completed', content: 'worth waiting for', attempt: 1 });
    await slow.close();
    workers = workers.filter((made) => made !== slow);
    await proxy.close();
  });

  it('between a call and its record: the result is not lost and the call not repeated', async () => {
    const proxy = await createTcpProxy(services.databaseUrl);
    const runId = await freshRun(stage);
    const { tool, calls, began, release } = effect('report');
    const log = captureLog('reasoning');
    const paying = await worker({ model: pays(), tools: [tool], databaseUrl: through(proxy, services.databaseUrl), logger: log.logger });
    const answering = paying.answer(runId);
    await began;
    proxy.cut();
    release();
    await log.find({ message: 'leases not renewed' });
    proxy.open();
    await answering;
    expect(calls).toHaveLength(1);
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({ status: 'completed', content: 'It is paid.', attempt: 1 });
    await paying.close();
    workers = workers.filter((made) => made !== paying);
    await proxy.close();
  });
});

describe('an outage in the middle of a run', () => {
  async function outage(
    runId: MessageId,
    options: Pick<WorkerOptions, 'settings' | 'files'> & { model: (cut: () => void) => ScriptedModel; cutAtAttachments?: true },
  ): Promise<void> {
    const proxy = await createTcpProxy(services.databaseUrl);
    const log = captureLog('reasoning');
    const unlucky = await worker({
      model: options.model(() => {
        proxy.cut();
      }),
      logger: log.logger,
      databaseUrl: through(proxy, services.databaseUrl),
      files: () => {
        if (options.cutAtAttachments) proxy.cut();
        return Promise.resolve({ parts: new Map(), unreadable: [], shortened: [] });
      },
      ...(options.settings ? { settings: options.settings } : {}),
    });
    const answering = unlucky.answer(runId);
    await log.find({ message: 'an outage in the middle of a run' });
    proxy.open();
    await answering;
    await unlucky.close();
    workers = workers.filter((made) => made !== unlucky);
    await proxy.close();
  }

  it('while the journal is read: the run is handed back at once, at no cost, and the next attempt answers it', async () => {
    const runId = await freshRun(stage);
    await stage.runs.handBack(await stage.take(runId));
    await outage(runId, { model: () => says('never'), cutAtAttachments: true });
    expect(await stage.row(runId)).toMatchObject({ status: 'queued', attempt: 2, losses: 0 });
    await (await worker({ model: says('the reply') })).answer(runId);
    expect(await stage.row(runId)).toMatchObject({ status: 'completed', attempt: 3, losses: 0 });
    expect(isDense(await finishedLog(stage, runId))).toBe(true);
  });

  it('while the pages of its log are looked for, before anything else: likewise', async () => {
    const runId = await freshRun(stage);
    await stage.runs.handBack(await stage.take(runId));
    await outage(runId, { model: cutsWhenNamed });
    expect(await stage.row(runId)).toMatchObject({ status: 'queued', attempt: 2, losses: 0 });
  });

  it('while earlier turns are searched: likewise', async () => {
    const first = await stage.ask('the harbour');
    await stage.finish(await stage.take(first.runId));
    const { runId } = await stage.ask('which harbour?', { conversationId: first.conversationId });
    await outage(runId, { model: cutsWhenNamed, settings: { threadMax: 1 } });
    expect(await stage.row(runId)).toMatchObject({ status: 'queued', attempt: 1, losses: 0 });
  });
});

describe('a message that waited too long for its turn', () => {
  it('fails by the name of that limit, without asking the model', async () => {
    const runId = await freshRun(stage);
    await services.sql(`UPDATE runs SET created_at = now() - interval '2 hours' WHERE status = 'queued'`);
    await (await worker({ model: says('too late') })).answer(runId);
    expect(await stage.runs.find(GATEWAY, runId)).toMatchObject({
      status: 'failed',
      content: '',
      error: { error: 'service_unavailable', details: { tier: 'queue', limit_ms: 3_600_000 } },
    });
  });
});

describe('Redis emptied', () => {
  it('invariant 12: while a run goes on, nothing of it is lost', async () => {
    const runId = await freshRun(stage);
    const held = Promise.withResolvers<undefined>();
    const answering = (await worker({ model: new ScriptedModel([['before ', { wait: () => held.promise }, 'after']]) })).answer(runId);
    await untilEvent(stage, runId, 'token');
    await services.emptyRedis();
    held.resolve(undefined);
    await answering;
    const log = await finishedLog(stage, runId);
    expect(types(log)).toEqual(['start', 'token', 'token', 'end']);
    expect(await services.redis.exists(eventKeys(services.prefix).tail(runId))).toBe(0);
  });

  it('invariant 12: and its worker lost: the next attempt fills what may have been seen and starts again', async () => {
    const runId = await freshRun(stage);
    const hangs = await worker({ model: new ScriptedModel([['seen', { wait: () => new Promise(() => undefined) }]]) });
    const lost = hangs.answer(runId);
    await untilEvent(stage, runId, 'token');
    await services.sql(`UPDATE runs SET lease_until = now() - interval '1 second', worker_id = 'nobody' WHERE status = 'processing'`);
    await lost;
    await services.emptyRedis();
    await (await worker({ model: says('again') })).answer(runId);
    const log = await finishedLog(stage, runId);
    expect(isDense(log)).toBe(true);
    expect(log[64]).toMatchObject({ type: 'restart', seq: 65, attempt: 2 });
    expect(log.slice(1, 64).every((event) => event.type === 'token' && event.content === '')).toBe(true);
  });
});
