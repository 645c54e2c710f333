import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { captureLog } from '../../../../test/support/captured-log.js';
import { createLogger } from './logger.js';
import { Redactor } from './redactor.js';
import { currentRequestContext, withRequestContext } from './request-context.js';

function capture(level = 'debug'): {
  logger: ReturnType<typeof createLogger>;
  written: readonly string[];
  lines: () => Record<string, unknown>[];
} {
  const written: string[] = [];
  const logger = createLogger({
    level,
    component: 'gateway',
    redactor: new Redactor(['the gateway token']),
    destination: { write: (text: string) => void written.push(text) },
  });
  return { logger, written, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) }; // a log line is an object
}

describe('createLogger', () => {
  it('writes one JSON line per record: time, level by name, component, message and fields', () => {
    const { logger, lines } = capture();
    logger.info({ runs: 2 }, 'run started');
    const [{ time, ...line } = {}] = lines();
    expect(line).toEqual({ level: 'info', component: 'gateway', host: hostname(), message: 'run started', runs: 2 });
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
    logger.warn(
      {
        err: new Error('refused the gateway token', { cause: new Error('postgresql://u:hunter22@db/x') }),
        headers: { authorization: 'Bearer x' },
      },
      'failed',
    );
    logger.child({ request_id: 'r' }).info({ note: 'the gateway token' }, 'more');
    const text = JSON.stringify(lines());
    for (const secret of ['the gateway token', 'hunter22', 'Bearer x']) expect(text).not.toContain(secret);
    expect(lines()[0]).toMatchObject({ err: { type: 'Error' } });
    expect(text).toContain('logger.spec');
  });

  it('one line each, whatever is in it: line ends, separators and terminal controls are seen as text', () => {
    const { logger, written, lines } = capture();
    const nasty = 'a\nb\rc\u2028d\u2029e\u001b[31mf\u0085g\u009bh\u007fi\u202ej';
    logger.child({ path: nasty }).info({ header: nasty, err: new Error(nasty) }, nasty);
    const [line = ''] = written;
    expect(written).toHaveLength(1);
    expect(line.slice(0, -1)).toMatch(/^[\u0020-\u007e]+$/);
    expect(lines()[0]?.['header']).toBe(String.raw`a${'\n'}b${'\r'}c\u2028d\u2029e${'\u001b'}[31mf\u0085g\u009bh\u007fi\u202ej`);
  });

  it('a sink hears each line as it goes out', () => {
    const taken: string[] = [];
    const written: string[] = [];
    const logger = createLogger({
      level: 'info',
      component: 'gateway',
      destination: { write: (text: string) => void written.push(text) },
      sink: { take: (line) => void taken.push(line) },
    });
    logger.debug({}, 'unheard');
    logger.info({ api_key: 'secret-secret' }, 'heard');
    expect(taken).toEqual(written);
    expect(taken).toHaveLength(1);
    expect(taken[0]).not.toContain('secret-secret');
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
      ['a', 'a', 'msg_a'],
      ['b', 'b', 'msg_b'],
      [undefined, undefined, undefined],
      ['a', 'a', 'msg_a'],
      ['b', 'b', 'msg_b'],
    ]);
  });
});
