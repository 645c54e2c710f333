import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@openclaw/words';
import { connectRedis, type Redis } from '@openclaw/redis';
import { silentLogger } from '@openclaw/telemetry';
import { EventStage, seqs, seqsOf, START, token } from '../../../../test/support/event-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import type { LiveBatch, LiveNotice } from './live-reader.js';
import { Notices } from './notices.js';

describe('LiveReader', () => {
  let services: TestServices;
  let stage: EventStage;
  let connection: Redis;
  let connectionId: number;

  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());
  beforeEach(async () => {
    connection = connectRedis({ url: services.redisUrl, prefix: services.prefix }, 'blocking', silentLogger());
    connectionId = await connection.client('ID');
    stage = new EventStage(services, connection);
    await stage.live.start();
  });
  afterEach(() => stage.stop());

  it('gives each listener the events of its run and of no other, and observers all of them', async () => {
    const [mine, all]: [LiveBatch[], (LiveBatch | LiveNotice)[]] = [[], []];
    stage.live.listen(stage.runId, (batch) => mine.push(batch));
    stage.live.observe((entry) => all.push(entry));
    const other = new EventStage(services);
    other.log().append(START);
    stage.log().append(START);
    await until('both batches', () => all.length === 2);
    expect(mine.flatMap((batch) => batch.events)).toMatchObject([{ type: 'start', id: stage.runId, seq: 1 }]);
  });

  it('tells observers of accepted questions', async () => {
    const seen: (LiveBatch | LiveNotice)[] = [];
    stage.live.observe((entry) => seen.push(entry));
    const messageId = newId('msg');
    await new Notices(services.redis, stage.keys).messageCreated({
      person: 'owner',
      conversationId: stage.conversationId,
      messageId,
      runId: stage.runId,
    });
    await until('the notice', () => seen.length === 1);
    expect(seen).toEqual([
      { kind: 'message_created', conversationId: stage.conversationId, person: 'owner', messageId, runId: stage.runId },
    ]);
  });

  it('what cannot be read ends nothing: its readers are told to look, and the next entries are heard', async () => {
    const heard: LiveBatch[] = [];
    stage.live.listen(stage.runId, (batch) => heard.push(batch));
    for (const events of ['[{"type":', '{}', '[1]', '[{"type":"end","seq":1}]']) {
      await services.redis.xadd(stage.keys.live, '*', 'run', stage.runId, 'conversation', stage.conversationId, 'events', events);
    }
    await services.redis.xadd(stage.keys.live, '*', 'odd', 'entry');
    stage.log().append(START);
    await until('the sound one', () => heard.length === 5);
    expect(heard.map(({ events }) => events.length)).toEqual([0, 0, 0, 0, 1]);
  });

  it('survives a killed connection: the same listeners hear what was appended meanwhile', async () => {
    const heard: number[] = [];
    stage.live.listen(stage.runId, (batch) => heard.push(...seqsOf(batch.events)));
    const log = stage.log();
    log.append(START);
    await until('the first event', () => heard.length === 1);
    const lost = Promise.withResolvers<undefined>();
    connection.once('close', () => {
      lost.resolve(undefined);
    });
    await services.redis.client('KILL', 'ID', connectionId);
    await lost.promise;
    for (let n = 0; n < 20; n += 1) log.append(token('x'));
    await until('all events', () => heard.length === 21);
    expect(heard).toEqual(seqs(1, 21));
  });

  it('invariant 12: goes on by itself after Redis was emptied', async () => {
    const heard: number[] = [];
    stage.live.listen(stage.runId, (batch) => heard.push(...seqsOf(batch.events)));
    const log = stage.log();
    log.append(START);
    await until('the first event', () => heard.length === 1);
    await services.emptyRedis();
    log.append(token('x'));
    await until('the second event', () => heard.includes(2));
  });

  it('a run that nobody listens to any more costs nothing', () => {
    const stop = stage.live.listen(stage.runId, () => undefined);
    stop();
    stop();
    expect(() => {
      stage.live.listen(stage.runId, () => undefined)();
    }).not.toThrow();
  });
});
