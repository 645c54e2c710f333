import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { Script } from './script.js';

describe('Script', () => {
  let services: TestServices;

  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());

  it('runs with its keys and arguments, also where Redis has never seen it', async () => {
    const source = `redis.call('SET', KEYS[1], ARGV[1]) return {KEYS[1], ARGV[1]} -- ${services.prefix}`;
    const script = new Script(source);
    const key = `${services.prefix}:script`;
    for (const value of ['first', 'again']) {
      expect(await script.run(services.redis, [key], [value])).toEqual([key, value]);
      expect(await services.redis.get(key)).toBe(value);
    }
  });

  it('what is wrong in the script is told', async () => {
    await expect(new Script(`return redis.call('NO_SUCH_COMMAND') -- ${services.prefix}`).run(services.redis, [], [])).rejects.toThrow(
      /Unknown Redis command/,
    );
  });
});
