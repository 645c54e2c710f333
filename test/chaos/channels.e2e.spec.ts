import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createProcessSystem, type ProcessSystem, type TestProcess } from '../support/processes.js';
import { startTelegramServer, type TelegramServer } from '../support/telegram-server.js';
import { until } from '../support/until.js';

const SENDERS = Array.from({ length: 20 }, (_, index) => 3001 + index);
/** What the takeover of a channel may take. */
const TAKEOVER_MS = 15_000;

describe('a channels process that is killed', () => {
  let telegram: TelegramServer;
  let system: ProcessSystem;
  const killed: TestProcess[] = [];

  beforeAll(async () => {
    telegram = await startTelegramServer();
    system = await createProcessSystem({
      OPENCLAW_CHANNELS__TELEGRAM__ENABLED: 'true',
      OPENCLAW_CHANNELS__TELEGRAM__TOKEN: telegram.token,
      OPENCLAW_CHANNELS__TELEGRAM__URL: telegram.url,
      OPENCLAW_CHANNELS__TELEGRAM__ALLOWED_USERS: SENDERS.join(','),
      OPENCLAW_PROVIDERS__OFFLINE_PAUSE_MS: '400',
      OPENCLAW_MEMORY__EMBEDDINGS__PROVIDER: 'off',
    });
  });
  afterAll(async () => {
    await system.close();
    await telegram.close();
  });

  const served = async (status: string): Promise<string | null> =>
    (
      await system.services.sql<{ holder: string }>(
        `SELECT holder FROM channel_states WHERE channel = 'telegram' AND status = $1 AND lease_until > now()`,
        [status],
      )
    )[0]?.holder ?? null;

  it('twenty messages in flight are each answered once, in their chat, by the replica that takes over', async () => {
    await system.startWorker({ OPENCLAW_WORKER__CONCURRENCY: '20' });
    const first = await system.startChannels();
    const holder = await until('the channel to be served', () => served('connected'), 30_000);
    await system.startChannels();
    for (const id of SENDERS)
      telegram.says(`question of ${String(id)}`, {
        from: { id, is_bot: false, first_name: `S${String(id)}` },
        chat: { id, type: 'private' },
      });
    await until('twenty runs', async () => (await system.services.sql('SELECT 1 FROM runs')).length === SENDERS.length, 30_000);
    first.signal('SIGKILL');
    killed.push(first);
    await first.exited;
    expect(telegram.messages.length).toBeLessThan(SENDERS.length);
    await until('another to have taken over', async () => ![null, holder].includes(await served('connected')), TAKEOVER_MS);
    await until('twenty replies', () => telegram.messages.length >= SENDERS.length, 60_000);
    await until(
      'nothing to be left to say',
      async () => (await system.services.sql(`SELECT 1 FROM channel_deliveries WHERE status = 'open'`)).length === 0,
      30_000,
    );
    expect(telegram.messages.map(({ chat }) => chat).sort((a, b) => a - b)).toEqual(SENDERS);
    expect(await system.services.sql('SELECT 1 FROM runs')).toHaveLength(SENDERS.length);
  });

  it('what was said while nobody listened is answered by whoever comes next, each once', async () => {
    const before = telegram.messages.length;
    telegram.says('after the fall', { from: { id: 3001, is_bot: false, first_name: 'S' }, chat: { id: 3001, type: 'private' } });
    await until('the reply', () => telegram.messages.length === before + 1, 30_000);
    expect(telegram.messages.at(-1)).toMatchObject({ chat: 3001 });
    expect(killed).toHaveLength(1);
  });
});
