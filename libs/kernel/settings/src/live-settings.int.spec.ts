import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '@openclaw/config';
import { Database } from '@openclaw/db';
import { Redactor } from '@openclaw/telemetry';
import type { Config } from '@openclaw/words';
import { captureLog } from '../../../../test/support/captured-log.js';
import { createTcpProxy, through } from '../../../../test/support/tcp-proxy.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import { followSettings } from './follow-settings.js';
import type { LiveSettings } from './live-settings.js';
import { OverlayStore } from './overlay.store.js';

describe('settings', () => {
  let services: TestServices;
  let database: Database;
  let overlay: OverlayStore;
  let folder: string;
  let running: LiveSettings[];
  let log: ReturnType<typeof captureLog>;

  beforeAll(async () => {
    services = await createTestServices();
    log = captureLog();
    database = new Database({ url: services.databaseUrl, poolMax: 4, logger: log.logger, applicationName: 'test' });
    overlay = new OverlayStore(database);
  });
  afterAll(async () => {
    await database.close();
    await services.close();
  });
  beforeEach(async () => {
    running = [];
    log = captureLog();
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
    await services.sql('DELETE FROM settings_overlay');
  });
  afterEach(async () => {
    await Promise.all(running.map((settings) => settings.stop()));
    rmSync(folder, { recursive: true });
  });

  const write = (yaml: string): void => {
    writeFileSync(join(folder, 'gateway.yaml'), yaml);
  };

  /** A process: begun, and looking by itself. */
  async function start(redactor = new Redactor(), databaseUrl = services.databaseUrl): Promise<LiveSettings> {
    const source = { env: { OPENCLAW_CONFIG_DIR: folder, DATABASE_URL: databaseUrl, OPENCLAW_WORKER__LEASE_MS: '7000' } };
    const settings = await followSettings({ written: loadConfig(source), source, redactor, logger: log.logger });
    await settings.start(overlay);
    running.push(settings);
    return settings;
  }

  const turns = (settings: LiveSettings): number => settings.get().agent.max_turns;

  it('a change of the file is in force in every process within two seconds, and those who asked are told', async () => {
    write('agent: { max_turns: 3 }');
    const processes = [await start(), await start()];
    const told: [now: number, before: number][] = [];
    processes[0]?.onChange((now, before) => told.push([now.agent.max_turns, before.agent.max_turns]));
    const changedAt = performance.now();
    write('agent: { max_turns: 4 }');
    await until('both have it', () => processes.every((settings) => turns(settings) === 4), 2000);
    expect(performance.now() - changedAt).toBeLessThan(2000);
    expect(told).toEqual([[4, 3]]);
  });

  it('what is no live key waits for a restart, and is named', async () => {
    const settings = await start();
    write('worker: { sweep_ms: 4000, concurrency: 5 }');
    await settings.refresh();
    expect(settings.get().worker).toMatchObject({ sweep_ms: 2000, concurrency: 5 });
    expect(settings.state).toMatchObject({ pending: ['worker.sweep_ms'], problem: null });
    write('worker: { concurrency: 6 }');
    await settings.refresh();
    expect(settings.state.pending).toEqual([]);
    expect((await start()).get().worker.concurrency).toBe(6);
  });

  it('a file that is wrong changes nothing, is said once, and the next right one counts', async () => {
    write('agent: { max_turns: 3 }');
    const settings = await start();
    for (const wrong of ['agent: { max_turns: many }', 'agent: [', 'agent: { max_turn: 4 }']) {
      const said = log.lines.length;
      write(wrong);
      for (let look = 0; look < 3; look += 1) await settings.refresh();
      expect(turns(settings)).toBe(3);
      expect(settings.state.problem).not.toBeNull();
      expect(log.lines.slice(said)).toMatchObject([{ level: 'error', message: 'settings not taken up: the last good ones stay in force' }]);
    }
    write('agent: { max_turns: 5 }');
    await settings.refresh();
    expect([turns(settings), settings.state.problem]).toEqual([5, null]);
    rmSync(join(folder, 'gateway.yaml'));
    await settings.refresh();
    expect(turns(settings)).toBe(12);
  });

  it('what the API changed lies over file and environment, in every process, and is there at the next start, restart keys too', async () => {
    write('agent: { max_turns: 3, run_timeout_ms: 1000 }');
    const settings = await start();
    expect(await overlay.write('0', { agent: { max_turns: 7 }, worker: { lease_ms: 9000 } })).toBe('1');
    await until('it has it', () => turns(settings) === 7, 2000);
    expect(settings.get().agent.run_timeout_ms).toBe(1000);
    expect(settings.get().worker.lease_ms).toBe(7000);
    expect(settings.state).toEqual({ revision: '1', pending: ['worker.lease_ms'], problem: null, refused: null });
    const next = await start();
    expect([turns(next), next.get().worker.lease_ms, next.state.pending]).toEqual([7, 9000, []]);
  });

  it('a process that cannot take what the API changed says which revision, and blames the file where that is what is wrong', async () => {
    write('worker: { heartbeat_ms: 900 }');
    const settings = await start();
    await overlay.write('0', { worker: { lease_ms: 1500 } });
    await settings.refresh();
    expect(settings.state).toMatchObject({
      revision: '0',
      refused: '1',
      problem: expect.stringContaining('worker.heartbeat_ms') as unknown, // jest types its matchers as any
    });
    await overlay.write('1', { agent: { max_turns: 5 } });
    await settings.refresh();
    expect(settings.state).toMatchObject({ revision: '2', refused: null, problem: null });
    write('worker: { heartbeat_ms: many }');
    await overlay.write('2', { agent: { max_turns: 6 } });
    await settings.refresh();
    expect(settings.state).toMatchObject({
      revision: '2',
      refused: null,
      problem: expect.stringContaining('worker.heartbeat_ms') as unknown, // jest types its matchers as any
    });
  });

  it('a variable that the API’s change hides is said once at each start', async () => {
    await overlay.write('0', { worker: { lease_ms: 9000 } });
    await start();
    expect(log.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { path: 'worker.lease_ms', variable: 'OPENCLAW_WORKER__LEASE_MS' },
    ]);
  });

  it('of two who change one revision the second learns that he must look again', async () => {
    expect(await overlay.write('0', { agent: { max_turns: 1 } })).toBe('1');
    expect(await overlay.write('0', {})).toBeNull();
    expect(await overlay.write('2', {})).toBeNull();
    const results = await Promise.all([1, 2, 3, 4].map((max_turns) => overlay.write('1', { agent: { max_turns } })));
    expect(results.filter((revision) => revision !== null)).toEqual(['2']);
    expect(await overlay.read()).toMatchObject({ revision: '2' });
  });

  it('an overlay that fits no more is left out at a start, and said', async () => {
    await overlay.write('0', { agent: { was_removed: 7 } });
    expect(turns(await start())).toBe(12);
    expect(log.lines.some(({ message }) => message === 'what the API changed of the settings fits no more; started without')).toBe(true);
  });

  it('with Postgres away it starts with what is written, and takes the rest up when Postgres is back', async () => {
    const proxy = await createTcpProxy(services.databaseUrl);
    await overlay.write('0', { agent: { max_turns: 7 } });
    proxy.cut();
    const settings = await start(new Redactor(), through(proxy, services.databaseUrl));
    await until('it has it', () => turns(settings) === 7, 2000);
    await proxy.close();
  });

  it('invariant 11: a secret that comes with a change is taken out of whatever is said of it', async () => {
    const redactor = new Redactor();
    const settings = await start(redactor);
    write('providers: { primary: { type: openai, api_key: correct-horse-battery } }');
    await settings.refresh();
    expect(redactor.text('the key is correct-horse-battery')).not.toContain('horse');
  });

  it('the level of the log follows', async () => {
    const settings = await start();
    write('gateway: { logging: { level: error } }');
    await settings.refresh();
    expect(log.logger.level).toBe('error');
  });

  it('a snapshot never changes', async () => {
    const settings = await start();
    const snapshot = settings.get();
    write('agent: { max_turns: 4 }');
    await settings.refresh();
    expect(snapshot.agent.max_turns).toBe(12);
    expect(Object.isFrozen(settings.get().agent.context)).toBe(true);
    expect(() => {
      (settings.get().agent as Partial<Config['agent']>).max_turns = 1; // a careless reader
    }).toThrow(TypeError);
  });
});
