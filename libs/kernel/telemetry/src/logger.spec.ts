import { describe, expect, it } from '@jest/globals';
import { captureLog } from '../../../../test/support/captured-log.js';
import { createLogger } from './logger.js';
import { Redactor } from './redactor.js';
import { currentRequestContext, withRequestContext } from './request-context.js';

function capture(level = 'debug'): { logger: ReturnType<typeof createLogger>; lines: () => Record<string, unknown>[] } {
  const written: string[] = [];
  const logger = createLogger({ level, component: 'gateway', redactor: new Redactor(['the gateway token']), destination: { write: (text: string) => void written.push(text) } });
  return { logger, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) }; // a log line is an object
}

describe('createLogger', () => {
  it('writes one JSON line per record: time, level by name, component, message and fields', () => {
    const { logger, lines } = capture();
    logger.info({ runs: 2 }, 'run started');
    const [{ time, ...line } = {}] = lines();
    expect(line).toEqual({ level: 'info', component: 'gateway', message: 'run started', runs: 2 });
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = capture('warn');
    logger.info({}, 'quiet');
    logger.error({}, 'loud');
    expect(lines()).toHaveLength(1);
  });

  it('invariant 11: no secret in fields, errors, their stacks and causes, or child loggers', () => {
    const { logger, lines } = capture();
    logger.warn({ err: new Error('refused the gateway token', { cause: new Error('postgresql://u:hunter22@db/x') }), headers: { authorization: 'Bearer x' } }, 'failed');
    logger.child({ request_id: 'r' }).info({ note: 'the gateway token' }, 'more');
    const text = JSON.stringify(lines());
    for (const secret of ['the gateway token', 'hunter22', 'Bearer x']) expect(text).not.toContain(secret);
    expect(lines()[0]).toMatchObject({ err: { type: 'Error' } });
    expect(text).toContain('logger.spec');
  });

  it('what is logged in a piece of work carries its request, across every await and beside other work', async () => {
    const { logger, lines } = captureLog();
    const work = async (id: string, others: Promise<unknown>): Promise<void> =>
      withRequestContext({ request_id: id, message_id: `msg_${id}` }, async () => {
        logger.info({ of: id }, 'before');
        await others;
        await new Promise((resolve) => setImmediate(resolve));
        logger.info({ of: id }, 'after');
      });
    const gate = Promise.withResolvers<undefined>();
    const both = Promise.all([work('a', gate.promise), work('b', gate.promise)]);
    logger.info({ of: undefined }, 'outside');
    gate.resolve(undefined);
    await both;
    expect(currentRequestContext()).toBeUndefined();
    const told = lines.map(({ of: work, request_id, message_id }) => [work, request_id, message_id]);
    expect(told).toEqual([
      ['a', 'a', 'msg_a'], ['b', 'b', 'msg_b'], [undefined, undefined, undefined], ['a', 'a', 'msg_a'], ['b', 'b', 'msg_b'],
    ]);
  });
});
