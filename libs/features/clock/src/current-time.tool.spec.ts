import { describe, expect, it } from '@jest/globals';
import { currentTime } from './current-time.tool.js';

describe('current_time', () => {
  async function call(args: unknown): Promise<unknown> {
    const tool = currentTime();
    return tool.execute(tool.input.parse(args), { callId: 'call_1', idempotencyKey: 'msg_1:call_1' }, new AbortController().signal);
  }

  it('current_time tells the time of any zone of the IANA database, UTC by default', async () => {
    const now = await call({});
    expect(now).toContain('UTC');
    expect(Math.abs(Date.parse(/\((.*)\)$/.exec(String(now))?.[1] ?? '') - Date.now())).toBeLessThan(5000);
    expect(await call({ time_zone: 'Asia/Tokyo' })).toMatch(/GMT\+9|JST/);
    expect(await call({ time_zone: 'America/St_Johns' })).toMatch(/GMT-[23]:30|N[SD]T/);
  });

  it.each(['Asia/Kolkata', 'Europe/Kyiv', 'Europe/Kiev', 'Asia/Ho_Chi_Minh', 'America/Argentina/Buenos_Aires', 'Etc/UTC', 'GMT', 'europe/berlin', '+05:30', 'UTC'])('current_time takes the zone %p, as the platform does', async (time_zone) => {
    expect(await call({ time_zone })).toMatch(/\d{4} at \d\d:\d\d/);
  });

  it.each(['Mars/Olympus', '', 'utc+25', 'Europe/berlin; x'])('invariant 8: current_time refuses the zone %p', (time_zone) => {
    expect(currentTime().input.safeParse({ time_zone }).success).toBe(false);
  });
});
