import { describe, expect, it } from '@jest/globals';
import { currentTime } from './current-time.tool.js';

describe('current_time', () => {
  async function call(args: unknown, ownZone = 'Europe/Berlin'): Promise<unknown> {
    const tool = currentTime(ownZone);
    return tool.execute(tool.input.parse(args), { callId: 'call_1', idempotencyKey: 'msg_1:call_1' }, new AbortController().signal);
  }

  it.each([{}, { time_zone: '' }, { time_zone: ' ' }])("tells the time of the agent's own zone where none is named: %j", async (args) => {
    const told = String(await call(args));
    expect(told).toMatch(/(?:CET|CEST|GMT\+[12]), Europe\/Berlin \(/);
    expect(Math.abs(Date.parse(/\(([^)]*)\)$/.exec(told)?.[1] ?? '') - Date.now())).toBeLessThan(60_000);
    expect(await call(args, 'Asia/Kolkata')).toMatch(/GMT\+5:30, Asia\/Kolkata/);
  });

  it('tells the time of any zone of the IANA database', async () => {
    expect(await call({ time_zone: 'Asia/Tokyo' })).toMatch(/GMT\+9|JST/);
    expect(await call({ time_zone: 'America/St_Johns' })).toMatch(/GMT-[23]:30|N[SD]T/);
  });

  it.each([
    'Asia/Kolkata',
    'Europe/Kyiv',
    'Europe/Kiev',
    'Asia/Ho_Chi_Minh',
    'America/Argentina/Buenos_Aires',
    'Etc/UTC',
    'GMT',
    'europe/berlin',
    ' UTC ',
    '+05:30',
    'UTC',
  ])('takes the zone %p, as the platform does', async (time_zone) => {
    expect(await call({ time_zone })).toMatch(/\d{4} at \d\d:\d\d/);
  });

  it.each(['Mars/Olympus', 'utc+25', 'Berlin', 'Europe/berlin; x'])(
    'invariant 8: the zone %p is refused in words that help',
    async (time_zone) => {
      expect(await call({ time_zone })).toEqual({
        failed: true,
        text: expect.stringMatching(/is no time zone\. Name one as Europe\/Berlin or \+05:30, or none for Europe\/Berlin\.$/),
      });
    },
  );

  it.each([{ time_zone: 5 }, { time_zone: 'x'.repeat(65) }, { zone: 'UTC' }])('invariant 8: %j is refused', (args) => {
    expect(currentTime('UTC').input.safeParse(args).success).toBe(false);
  });
});
