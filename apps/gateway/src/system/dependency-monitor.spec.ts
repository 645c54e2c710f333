import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { silentLogger } from '@openclaw/telemetry';
import { DependencyMonitor } from './dependency-monitor.js';

const answers = (): Promise<void> => Promise.resolve();

describe('DependencyMonitor', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is failing until the first look', async () => {
    const monitor = new DependencyMonitor({ postgres: answers, redis: answers }, silentLogger());
    expect(monitor.checks).toEqual({ postgres: 'failing', redis: 'failing' });
    await monitor.start();
    expect(monitor.isHealthy).toBe(true);
    monitor.stop();
  });

  it('knows at once that a connection closed, and at the next look that it is back', async () => {
    jest.useFakeTimers();
    const monitor = new DependencyMonitor({ postgres: answers, redis: answers }, silentLogger());
    await monitor.start();
    monitor.lost('redis');
    expect(monitor.checks).toEqual({ postgres: 'ok', redis: 'failing' });
    await jest.advanceTimersByTimeAsync(500);
    expect(monitor.isHealthy).toBe(true);
    monitor.stop();
  });

  it('takes silence of a second for failing', async () => {
    jest.useFakeTimers();
    const monitor = new DependencyMonitor({ postgres: answers, redis: () => new Promise(() => undefined) }, silentLogger());
    const started = monitor.start();
    await jest.advanceTimersByTimeAsync(1000);
    await started;
    expect(monitor.checks).toEqual({ postgres: 'ok', redis: 'failing' });
    monitor.stop();
  });

  it('says nothing of connections that close because it was stopped', async () => {
    const monitor = new DependencyMonitor({ postgres: answers, redis: answers }, silentLogger());
    await monitor.start();
    monitor.stop();
    monitor.lost('redis');
    expect(monitor.isHealthy).toBe(true);
  });
});
