import { afterEach, describe, expect, it } from '@jest/globals';
import { SECOND, WIRES } from '../conformance/providers/providers.fixture.js';
import { type HttpProxy, startHttpProxy } from '../support/http-proxy.js';
import { type FieldStage, startField } from './field-stage.js';

let field: FieldStage | null = null;
let proxy: HttpProxy | null = null;

afterEach(async () => {
  await field?.close();
  await proxy?.[Symbol.asyncDispose]();
  [field, proxy] = [null, null];
});

/** The provider's name is one that nobody but the proxy knows. */
async function behind(
  wire: (typeof WIRES)[number],
  more: Record<string, string> = {},
  refuseWith = 0,
): Promise<{ field: FieldStage; proxy: HttpProxy }> {
  proxy = await startHttpProxy(refuseWith);
  const variables = { HTTP_PROXY: proxy.url.replace('//', '//me:secret-word@'), ...more };
  field = await startField(wire, variables, undefined, (origin) => wire.baseUrl(origin.replace('127.0.0.1', 'models.company.test')));
  return { field, proxy };
}

describe.each(WIRES)('a provider of $type behind a proxy', (wire) => {
  it('is reached through it, by the usual variables', async () => {
    const stage = await behind(wire);
    stage.field.say('From outside.');
    expect((await stage.field.ask('Hello?')).content).toBe('From outside.');
    expect(stage.proxy.asked[0]).toMatch(/^POST http:\/\/models\.company\.test:\d+\/v1/);
    expect(stage.proxy.credentials[0]).toBe(`Basic ${Buffer.from('me:secret-word').toString('base64')}`);
    expect(JSON.stringify(stage.field.server.requests[0]?.headers)).not.toMatch(/secret-word|proxy-authorization/i);
  });
});

it('NO_PROXY is obeyed: the provider is asked straight', async () => {
  const stage = await behind(SECOND, { NO_PROXY: 'company.test, 10.0.0.0/8' });
  expect((await stage.field.fail('Hello?')).message).toContain('could not be reached');
  expect(stage.proxy.asked).toEqual([]);
});

it('502: a proxy that refuses says so', async () => {
  const { field: stage, proxy: refusing } = await behind(SECOND, {}, 407);
  expect(await stage.fail('Hello?')).toMatchObject({ message: expect.stringContaining('The proxy before'), details: { retryable: false } });
  expect(refusing.asked).toHaveLength(1);
});
