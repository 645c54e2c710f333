import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AcceptStore, MessagesService, type OwnMessage } from '@openclaw/conversations';
import { Database, type Query } from '@openclaw/db';
import { eventKeys, Notices } from '@openclaw/events';
import { FilesStore } from '@openclaw/files';
import { Bell } from '@openclaw/queue';
import { silentLogger } from '@openclaw/telemetry';
import { type Caller, idToUuid, newId, uuidToId } from '@openclaw/words';
import { GATEWAY, person } from '../../../../test/support/callers.js';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { WorkStage } from '../../../../test/support/work-stage.js';
import { scheduleWorks } from './fire.job.js';
import type { ScheduleId } from './fire-slot.js';
import { createScheduleSchema, type CreateSchedule, type Schedule } from './schedule.schema.js';
import { SchedulesService } from './schedules.service.js';
import { SchedulesStore } from './schedules.store.js';
import { SlotRunner } from './slot-runner.js';
import { SlotsStore } from './slots.store.js';

interface SaidRow {
  readonly run: string;
  readonly content: string;
  readonly channel: string;
  readonly person: string;
  readonly metadata: { readonly schedule: { readonly slot: string; readonly late: boolean } };
  readonly token_id: string;
}

let services: TestServices;
let database: Database;
let runs: RunStage;
let works: WorkStage;
let bell: Bell;
/** What every process of these tests takes for now: in the future, so that no work is due by Postgres' clock before a test says so. */
let now: Date;
let schedules: SchedulesService;
let messages: MessagesService;
let queueMax = 1000;

beforeAll(async () => {
  services = await createTestServices();
  [runs, works] = [new RunStage(services), new WorkStage(services)];
  database = new Database({ url: services.databaseUrl, poolMax: 8, logger: silentLogger(), applicationName: 'test' });
  bell = new Bell(services.redis, { prefix: `${services.prefix}-queue` });
  const admission = {
    check: () => Promise.resolve(),
    checkRoom: () => undefined,
    get queueMax() {
      return queueMax;
    },
  };
  const notices = new Notices(services.redis, eventKeys(services.prefix));
  messages = new MessagesService({
    accepts: new AcceptStore(database),
    runs: runs.runs,
    files: new FilesStore(database),
    bell,
    notices,
    admission,
    logger: silentLogger(),
  });
  schedules = new SchedulesService(new SchedulesStore(database), () => now);
});
afterAll(async () => {
  await works.close();
  await runs.close();
  await bell.close();
  await database.close();
  await services.close();
});

const runner = (say: Pick<MessagesService, 'acceptWithin'> = messages): SlotRunner =>
  new SlotRunner(new SlotsStore(database), say, () => now);

async function set(
  fields: Partial<CreateSchedule>,
  caller: Caller = GATEWAY,
  at = '2036-06-01T10:05:00Z',
  key?: string,
): Promise<Schedule> {
  now = new Date(at);
  const cron = fields.at === undefined ? { cron: '*/10 * * * *' } : {};
  return (await schedules.create(caller, createScheduleSchema.parse({ ...cron, message: 'What is new?', ...fields }), key)).body;
}

/** Lets it be that time, and workers do what is due by then. @param hands how many workers hear of it at once */
async function becomes(time: string, hands = 1): Promise<void> {
  now = new Date(time);
  const workers = Array.from({ length: hands }, () => works.worker(scheduleWorks(runner())));
  for (;;) {
    const due = await services.sql(
      `UPDATE work SET run_at = now() - interval '1 second' WHERE kind = 'schedules.fire' AND status = 'waiting' AND attempt = 0
      AND (payload->>'slot')::timestamptz <= $1 RETURNING id`,
      [now],
    );
    if (due.length === 0) break;
    await Promise.all(workers.map((worker) => worker.perform()));
  }
  await Promise.all(workers.map((worker) => worker.close()));
}

/** What a schedule has said, in order. */
async function saidBy({ id }: Schedule): Promise<SaidRow[]> {
  return services.sql<SaidRow>(
    `SELECT runs.id AS run, content, runs.channel, person, messages.metadata, token_id FROM runs JOIN messages ON messages.id = runs.question_id
    JOIN conversations ON conversations.id = runs.conversation_id WHERE messages.metadata->'schedule'->>'id' = $1 ORDER BY runs.id`,
    [id],
  );
}
const slotsOf = async (schedule: Schedule): Promise<string[]> =>
  (await saidBy(schedule)).map(({ metadata }) => metadata.schedule.slot.slice(11, 16));
const workOf = async ({ id }: Schedule): Promise<{ status: string; slot: string }[]> =>
  services.sql(
    `SELECT status, payload->>'slot' AS slot FROM work WHERE kind = 'schedules.fire' AND payload->>'id' = $1 ORDER BY created_at, slot`,
    [id],
  );
const again = (schedule: Schedule): Promise<Schedule> => schedules.get(GATEWAY, schedule.id);
const fire = (schedule: Schedule, slot: string, by = runner()): ReturnType<SlotRunner['fire']> =>
  by.fire({ id: schedule.id, slot }, { id: newId('work') });

describe('a slot', () => {
  it('is one piece of work, and one run, however many workers hear of it', async () => {
    const schedule = await set({ name: 'news' });
    expect(schedule.next_runs).toEqual(['2036-06-01T10:10:00.000Z', '2036-06-01T10:20:00.000Z', '2036-06-01T10:30:00.000Z']);
    expect(await workOf(schedule)).toEqual([{ status: 'waiting', slot: '2036-06-01T10:10:00.000Z' }]);
    await becomes('2036-06-01T10:10:01Z', 4);
    expect(await saidBy(schedule)).toEqual([
      {
        run: expect.any(String),
        content: 'What is new?',
        channel: 'internal',
        person: 'owner',
        token_id: 'gateway',
        metadata: { schedule: { id: schedule.id, name: 'news', slot: '2036-06-01T10:10:00.000Z', late: false } },
      },
    ]);
    expect(await workOf(schedule)).toEqual([
      { status: 'done', slot: '2036-06-01T10:10:00.000Z' },
      { status: 'waiting', slot: '2036-06-01T10:20:00.000Z' },
    ]);
    expect(await again(schedule)).toMatchObject({
      last_run: { slot: '2036-06-01T10:10:00.000Z', late: false, status: 'queued', message_id: expect.stringMatching(/^msg_/) },
      last_error: null,
    });
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('whose worker dies before the end is whole or not there, and comes once all the same', async () => {
    const schedule = await set({});
    now = new Date('2036-06-01T10:10:02Z');
    const dying = {
      acceptWithin: async (query: Query, caller: Caller, message: OwnMessage, key: string): ReturnType<MessagesService['acceptWithin']> => {
        await messages.acceptWithin(query, caller, message, key);
        throw new Error('the process is gone');
      },
    };
    await expect(fire(schedule, '2036-06-01T10:10:00.000Z', runner(dying))).rejects.toThrow('gone');
    expect(await saidBy(schedule)).toEqual([]);
    const after = {
      acceptWithin: async (...args: Parameters<MessagesService['acceptWithin']>) => ({
        ...(await messages.acceptWithin(...args)),
        announce: () => Promise.reject(new Error('gone')),
      }),
    };
    await expect(fire(schedule, '2036-06-01T10:10:00.000Z', runner(after))).rejects.toThrow('gone');
    expect(await fire(schedule, '2036-06-01T10:10:00.000Z')).toMatchObject({ outcome: 'cancelled' });
    expect(await slotsOf(schedule)).toEqual(['10:10']);
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('is not run before its time where the clock of a worker is behind', async () => {
    const schedule = await set({});
    now = new Date('2036-06-01T10:09:58Z');
    expect(await fire(schedule, '2036-06-01T10:10:00.000Z')).toEqual({ outcome: 'snoozed', ms: 2000 });
    expect(await saidBy(schedule)).toEqual([]);
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('that ran is not run again by a clock that is behind: its key is taken', async () => {
    const schedule = await set({});
    await becomes('2036-06-01T10:10:00Z');
    await services.sql(`UPDATE schedules SET after_slot = after_slot - interval '1 minute', next_slot = after_slot WHERE id = $1`, [
      idToUuid(schedule.id),
    ]);
    expect(await fire(schedule, '2036-06-01T10:10:00.000Z')).toEqual({ outcome: 'done' });
    await runs.services.sql(`UPDATE runs SET status = 'completed' WHERE status = 'queued'`);
    expect(await slotsOf(schedule)).toEqual(['10:10']);
    await schedules.remove(GATEWAY, schedule.id);
  });

  it.each([
    ['skip', []],
    ['once', ['11:10 late']],
    ['all', ['10:10 late', '10:20 late', '10:30 late', '10:40 late', '10:50 late', '11:00 late', '11:10 late']],
  ] as const)('row H6: after an hour without any worker, `%s` is %j', async (missed, expected) => {
    const schedule = await set({ missed });
    for (let round = 0; round < 7; round += 1) {
      await becomes('2036-06-01T11:12:00Z');
      await services.sql(`UPDATE runs SET status = 'completed' WHERE status = 'queued'`);
      await services.sql(`UPDATE work SET attempt = 0 WHERE kind = 'schedules.fire' AND status = 'waiting'`); // snoozed: it comes again
    }
    const said = await saidBy(schedule);
    expect(
      said.map(
        ({
          metadata: {
            schedule: { slot, late },
          },
        }) => `${slot.slice(11, 16)}${late ? ' late' : ''}`,
      ),
    ).toEqual(expected);
    expect(said.every(({ content }) => content.includes('[Sent late by a schedule: it was due on Sunday'))).toBe(true);
    expect(await again(schedule)).toMatchObject({
      next_runs: expect.arrayContaining(['2036-06-01T11:20:00.000Z']),
      last_run: {
        slot: '2036-06-01T11:10:00.000Z',
        late: true,
        ...(missed === 'skip' ? { status: 'skipped', error: expect.stringContaining('missed') } : { status: 'completed' }),
      },
    });
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('row H9: while a run has not begun, later slots are passed over with the reason; with `all` they wait', async () => {
    const [once, all] = [await set({}), await set({ missed: 'all' })];
    for (const time of ['10:10:01', '10:20:01']) await becomes(`2036-06-01T${time}Z`);
    expect(await slotsOf(once)).toEqual(['10:10']);
    expect(await again(once)).toMatchObject({
      last_run: { slot: '2036-06-01T10:20:00.000Z', status: 'skipped', error: 'The run before it had not begun.' },
    });
    expect(await slotsOf(all)).toEqual(['10:10']);
    expect(await fire(all, '2036-06-01T10:20:00.000Z')).toEqual({ outcome: 'snoozed', ms: 5000 });
    await services.sql(`UPDATE runs SET status = 'processing' WHERE status = 'queued'`);
    expect(await fire(all, '2036-06-01T10:20:00.000Z')).toEqual({ outcome: 'done' });
    expect(await slotsOf(all)).toEqual(['10:10', '10:20']);
    for (const { id } of [once, all]) await schedules.remove(GATEWAY, id);
  });

  it('waits where the queue is full, and is not lost', async () => {
    const schedule = await set({});
    now = new Date('2036-06-01T10:10:01Z');
    queueMax = 0;
    expect(await fire(schedule, '2036-06-01T10:10:00.000Z')).toEqual({ outcome: 'snoozed', ms: 5000 });
    queueMax = 1000;
    expect(await fire(schedule, '2036-06-01T10:10:00.000Z')).toEqual({ outcome: 'done' });
    expect(await slotsOf(schedule)).toEqual(['10:10']);
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('row H7: once at a time, read in the zone; then it is done', async () => {
    const schedule = await set({ at: '2036-07-11T02:30', timezone: 'Europe/Berlin' });
    expect(schedule).toMatchObject({ status: 'active', next_runs: ['2036-07-11T00:30:00.000Z'] });
    await becomes('2036-06-30T00:00:00Z');
    expect(await saidBy(schedule)).toEqual([]);
    await becomes('2036-07-11T00:30:00Z', 2);
    expect(await again(schedule)).toMatchObject({
      status: 'done',
      enabled: true,
      next_runs: [],
      last_run: { slot: '2036-07-11T00:30:00.000Z' },
    });
    await becomes('2036-07-12T00:30:00Z', 2);
    expect(await slotsOf(schedule)).toEqual(['00:30']);
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('speaks for the person and by the rights of the token that set it, in the conversation that it names', async () => {
    const anna = person('anna', ['message', 'admin']);
    const { conversationId } = await runs.ask('hello', {}, anna);
    const schedule = await set({ conversation_id: conversationId }, { ...anna, sees: 'anna' });
    await becomes('2036-06-01T10:10:01Z');
    const [said] = await saidBy(schedule);
    expect(said).toMatchObject({ person: 'anna', token_id: 'token-of-anna' });
    const [row] = await services.sql(`SELECT scopes, conversation_id FROM runs WHERE id = $1`, [said?.run]);
    expect(row).toEqual({ scopes: ['message', 'admin'], conversation_id: idToUuid(conversationId) });
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('is not said where the conversation is gone: the schedule is switched off, which is told and audited', async () => {
    const { conversationId } = await runs.ask('hello');
    const schedule = await set({ conversation_id: conversationId });
    await services.sql('DELETE FROM conversations WHERE id = $1', [idToUuid(conversationId)]);
    await becomes('2036-06-01T10:10:01Z');
    expect(await again(schedule)).toMatchObject({
      enabled: false,
      status: 'disabled',
      next_runs: [],
      last_error: expect.stringContaining('conversation is gone'),
    });
    const [last] = await services.sql<{ entry: string }>(`SELECT entry FROM audit_entries ORDER BY seq DESC LIMIT 1`);
    expect(JSON.parse(last?.entry ?? '')).toMatchObject({ action: 'schedule.paused', target: schedule.id, actor: { token_id: 'system' } });
    await schedules.patch(GATEWAY, schedule.id, { conversation_id: null, enabled: true });
    expect(await again(schedule)).toMatchObject({ status: 'active', last_error: null });
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('tells what went wrong until something goes well', async () => {
    const schedule = await set({});
    await becomes('2036-06-01T10:10:01Z');
    await services.sql(`UPDATE runs SET status = 'failed', error = '{"message": "The provider refused."}' WHERE status = 'queued'`);
    expect(await again(schedule)).toMatchObject({
      last_run: { status: 'failed', error: 'The provider refused.' },
      last_error: 'The provider refused.',
    });
    await becomes('2036-06-01T10:20:01Z');
    expect(await again(schedule)).toMatchObject({ last_run: { status: 'queued' }, last_error: 'The provider refused.' });
    await services.sql(`UPDATE runs SET status = 'completed' WHERE status = 'queued'`);
    expect(await again(schedule)).toMatchObject({ last_run: { status: 'completed' }, last_error: null });
    await schedules.remove(GATEWAY, schedule.id);
  });
});

describe('reconciling', () => {
  it('row H8: gives a schedule its work again, whatever became of it', async () => {
    const schedule = await set({});
    await services.sql(`DELETE FROM work WHERE payload->>'id' = $1`, [schedule.id]);
    await runner().reconcile();
    await runner().reconcile();
    expect(await workOf(schedule)).toEqual([{ status: 'waiting', slot: '2036-06-01T10:10:00.000Z' }]);
    await services.sql(`UPDATE work SET status = 'dead' WHERE payload->>'id' = $1`, [schedule.id]);
    await runner().reconcile();
    expect((await workOf(schedule)).map(({ status }) => status).sort()).toEqual(['dead', 'waiting']);
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('row H10: reckons anew what was reckoned by other rules of time zones', async () => {
    const schedule = await set({ cron: '0 9 * * *', timezone: 'Europe/Berlin' });
    await services.sql(`UPDATE schedules SET zone_rules = '1999a', next_slot = next_slot + interval '1 hour' WHERE id = $1`, [
      idToUuid(schedule.id),
    ]);
    await runner().reconcile();
    expect((await again(schedule)).next_runs[0]).toBe('2036-06-02T07:00:00.000Z');
    expect(await workOf(schedule)).toEqual([{ status: 'waiting', slot: '2036-06-02T07:00:00.000Z' }]);
    await schedules.remove(GATEWAY, schedule.id);
  });
});

describe('changing', () => {
  it('other times count from now, and what waits for an earlier slot is void', async () => {
    const schedule = await set({ missed: 'all' });
    now = new Date('2036-06-01T10:25:00Z');
    const changed = await schedules.patch(GATEWAY, schedule.id, { cron: '0 12 * * *', timezone: 'Asia/Kathmandu', name: 'noon' });
    expect(changed).toMatchObject({
      name: 'noon',
      next_runs: ['2036-06-02T06:15:00.000Z', '2036-06-03T06:15:00.000Z', '2036-06-04T06:15:00.000Z'],
    });
    await becomes('2036-06-01T11:00:00Z');
    expect(await saidBy(schedule)).toEqual([]);
    expect(await workOf(schedule)).toEqual([
      { status: 'cancelled', slot: '2036-06-01T10:10:00.000Z' },
      { status: 'waiting', slot: '2036-06-02T06:15:00.000Z' },
    ]);
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('another message leaves the times as they are; switched off and on again, it makes up for nothing', async () => {
    const schedule = await set({ missed: 'all' });
    now = new Date('2036-06-01T10:15:00Z');
    expect(await schedules.patch(GATEWAY, schedule.id, { message: 'What else?' })).toMatchObject({
      message: 'What else?',
      next_runs: expect.arrayContaining(['2036-06-01T10:10:00.000Z']),
    });
    expect(await schedules.patch(GATEWAY, schedule.id, { enabled: false })).toMatchObject({ status: 'disabled', next_runs: [] });
    now = new Date('2036-06-01T12:05:00Z');
    expect(await schedules.patch(GATEWAY, schedule.id, { enabled: true })).toMatchObject({
      status: 'active',
      next_runs: expect.arrayContaining(['2036-06-01T12:10:00.000Z']),
    });
    await becomes('2036-06-01T12:06:00Z');
    expect(await saidBy(schedule)).toEqual([]);
    await becomes('2036-06-01T12:10:00Z');
    expect((await saidBy(schedule)).map(({ content }) => content)).toEqual(['What else?']);
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('a cron becomes a time, and never both', async () => {
    const schedule = await set({});
    expect(await schedules.patch(GATEWAY, schedule.id, { at: '2036-08-01T09:00' })).toMatchObject({
      cron: null,
      at: '2036-08-01T09:00',
      next_runs: ['2036-08-01T09:00:00.000Z'],
    });
    expect(await schedules.patch(GATEWAY, schedule.id, { cron: '@daily' })).toMatchObject({ cron: '@daily', at: null });
    await schedules.remove(GATEWAY, schedule.id);
  });

  it('of ten requests with one key one schedule is made, and another body is refused', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => set({ name: 'keyed' }, GATEWAY, '2036-06-01T10:05:00Z', 'key-1')));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    await expect(set({ name: 'other' }, GATEWAY, '2036-06-01T10:05:00Z', 'key-1')).rejects.toMatchObject({ code: 'conflict' });
    await schedules.remove(GATEWAY, made[0]?.id ?? uuidToId('sch', idToUuid(newId('sch'))));
  });

  it.each([
    ['past', { at: '2036-05-01T09:00' }, 'at'],
    ['never', { cron: '0 9 30 2 *' }, 'cron'],
    ['no cron', { cron: '9' }, 'cron'],
    ['no zone', { timezone: 'Mars/Olympus' }, 'timezone'],
  ])('bad_request: %s', async (_what, fields, path) => {
    await expect(set(fields)).rejects.toMatchObject({ code: 'bad_request', details: { issues: [{ path }] } });
  });

  it('not_found: a conversation of somebody else, and what is not there', async () => {
    const { conversationId } = await runs.ask('hello', {}, person('ben'));
    await expect(set({ conversation_id: conversationId })).rejects.toMatchObject({ code: 'not_found' });
    const schedule = await set({});
    await expect(schedules.patch(GATEWAY, schedule.id, { conversation_id: conversationId })).rejects.toMatchObject({ code: 'not_found' });
    await schedules.remove(GATEWAY, schedule.id);
    const gone: ScheduleId = schedule.id;
    for (const call of [
      () => schedules.get(GATEWAY, gone),
      () => schedules.patch(GATEWAY, gone, {}),
      () => schedules.remove(GATEWAY, gone),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'not_found' });
  });
});
