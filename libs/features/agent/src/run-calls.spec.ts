import { describe, expect, it } from '@jest/globals';
import { Fault } from '@openclaw/errors';
import { ScriptedModel } from '@openclaw/models/testing';
import { LIMITS, run, told, tool } from './observed-run.fake.js';
import type { ApproveCall } from './approve-call.types.js';

const two = [{ call: 'a' }, { call: 'b' }];

describe('calls of one turn', () => {
  it('run side by side: each can wait for the other', async () => {
    const [a, b] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const tools = [
      tool('a', async () => (a.resolve(undefined), b.promise.then(() => 'A'))),
      tool('b', async () => (b.resolve(undefined), a.promise.then(() => 'B'))),
    ];
    expect((await run([two, ['ok']], { tools })).outcome).toMatchObject({
      status: 'completed',
      skillsUsed: expect.arrayContaining(['a', 'b']),
    });
  });

  it('are told as they end, and given to the model in their order', async () => {
    const b = Promise.withResolvers<undefined>();
    const tools = [tool('a', () => b.promise.then(() => 'A')), tool('b', () => (b.resolve(undefined), 'B'))];
    const model = new ScriptedModel([two, ['ok']]);
    const { events } = await run([], { model, tools });
    expect(told(events)).toEqual(['call a', 'call b', 'result b completed', 'result a completed', 'token ok']);
    expect(model.requests[1]?.messages.flatMap((message) => (message.role === 'tool' ? [message.text] : []))).toEqual(['A', 'B']);
  });
});

describe('a tool', () => {
  const resultOf = async (execute: Parameters<typeof tool>[1], given: Parameters<typeof run>[1] = {}): Promise<unknown> => {
    const model = new ScriptedModel([[{ call: 't' }], ['ok']]);
    await run([], { model, tools: [tool('t', execute)], ...given });
    return model.requests[1]?.messages.at(-1);
  };

  it('that throws a Fault: its sentence is the result', async () => {
    const execute = (): never => {
      throw new Fault('not_found', 'There is no such file.');
    };
    expect(await resultOf(execute)).toMatchObject({ failed: true, text: 'There is no such file.' });
  });

  it('that throws anything else: told in general to the model, in full to the owner of the run', async () => {
    const bugs: unknown[] = [];
    const bug = new TypeError('x is undefined');
    const execute = (): never => {
      throw bug;
    };
    const result = await resultOf(execute, { onToolBug: (error, name) => bugs.push([error, name]) });
    expect(result).toMatchObject({ failed: true, text: 't failed unexpectedly.' });
    expect(bugs).toEqual([[bug, 't']]);
  });

  it('that says that it failed has failed', async () => {
    expect(await resultOf(() => ({ text: 'exit code 1', failed: true }))).toMatchObject({ failed: true, text: 'exit code 1' });
  });

  it('that never ends: failed at its limit, its own or the run’s, whether or not it heeds the signal', async () => {
    const never = (): Promise<string> => new Promise(() => undefined);
    expect(await resultOf(never, { limits: { ...LIMITS, toolTimeoutMs: 10 } })).toMatchObject({
      failed: true,
      text: expect.stringMatching(/^No result within 10 ms.*unknown\.$/),
    });
    expect(await resultOf(never, { tools: [tool('t', never, { timeoutMs: 15, retry: 'safe' })] })).toMatchObject({
      text: 'No result within 15 ms (agent.tool_timeout_ms).',
    });
  });

  it('with a long result: cut in the middle, its end is kept', async () => {
    const result = await resultOf(() => `start${'x'.repeat(5_000)}end`);
    expect(result).toMatchObject({ text: expect.stringMatching(/^start[\s\S]*4008 characters left out[\s\S]*end$/) });
  });

  it('is given a key that no other call has', async () => {
    const keys: string[] = [];
    const spy = {
      ...tool('t', () => ''),
      execute: (_args: unknown, call: { idempotencyKey: string }): Promise<string> =>
        Promise.resolve(String(keys.push(call.idempotencyKey))),
    };
    await run(
      [
        [
          { call: 't', callId: 'c' },
          { call: 't', callId: 'c', arguments: { text: 'x' } },
        ],
        ['ok'],
      ],
      { tools: [spy] },
    );
    expect(keys).toEqual(['msg_1:c', 'msg_1:c_2']);
  });
});

describe('a call that is too long', () => {
  const long = { call: 't', arguments: { text: 'x'.repeat(6_000) } };

  it('is refused without running, and its arguments are neither kept nor shown', async () => {
    let ran = 0;
    const model = new ScriptedModel([[long], ['ok']]);
    const { events, journal } = await run([], {
      model,
      tools: [tool('t', () => String((ran += 1)))],
      limits: { ...LIMITS, turnCharactersMax: 100_000 },
    });
    expect(ran).toBe(0);
    expect(model.requests[1]?.messages.slice(-2)).toMatchObject([
      { role: 'assistant', calls: [{ name: 't', argumentsJson: '{}' }] },
      { role: 'tool', failed: true, text: expect.stringContaining('longer than 5000 characters') },
    ]);
    expect(JSON.stringify(events).length).toBeLessThan(1_000);
    const again = new ScriptedModel([['ok']]);
    await run([], { model: again, tools: [tool('t', () => String((ran += 1)))], journal: journal.reopened() });
    expect(ran).toBe(0);
    expect(again.requests[0]?.messages.at(-1)).toMatchObject({ role: 'tool', failed: true });
  });

  it('of a thousand calls a turn no more are taken than its text may hold', async () => {
    const calls = Array.from({ length: 1_000 }, () => ({ call: 't', callId: 'same' }));
    const { outcome, events } = await run([calls, ['ok']], { tools: [tool('t', () => 'done')] });
    expect(outcome).toMatchObject({ status: 'completed', finishReason: 'length' });
    expect(events).toHaveLength(1);
  });

  it('invariant 9: an event shows some of long arguments, with their short ones whole', async () => {
    const argumentsOf = async (text: string): Promise<unknown> => {
      const limits = { ...LIMITS, toolArgumentsCharacters: 100_000, turnCharactersMax: 1_000_000 };
      const { events } = await run([[{ call: 't', arguments: { text, path: 'a.txt' } }], ['ok']], {
        tools: [tool('t', () => 'done')],
        limits,
      });
      return events.find((event) => event.type === 'skill_call')?.arguments;
    };
    expect(await argumentsOf('short')).toEqual({ text: 'short', path: 'a.txt' });
    const shown = await argumentsOf('word '.repeat(18_000));
    expect(shown).toMatchObject({ path: 'a.txt', text: expect.stringContaining('characters left out') });
    expect(JSON.stringify(shown).length).toBeLessThan(9_000);
  });
});

describe('a call that repeats another of its run word for word', () => {
  const resultsOf = (model: ScriptedModel): unknown[] =>
    (model.requests.at(-1)?.messages ?? []).flatMap((message) =>
      message.role === 'tool' ? [{ failed: message.failed, text: message.text }] : [],
    );
  const again = { failed: false, text: expect.stringMatching(/^This very call was made before[\s\S]*\nran 1$/) };
  const once = [{ call: 't', arguments: { text: 'x' } }];

  it('is answered with what the first came to, and the model is told so', async () => {
    let ran = 0;
    const model = new ScriptedModel([once, once, once, ['ok']]);
    const { events, journal } = await run([], { model, tools: [tool('t', () => `ran ${String((ran += 1))}`)] });
    expect(ran).toBe(1);
    expect(resultsOf(model)).toEqual([{ failed: false, text: 'ran 1' }, again, again]);
    expect(told(events)).toEqual([
      'call t',
      'result t completed',
      'call t',
      'result t completed',
      'call t',
      'result t completed',
      'token ok',
    ]);
    expect(journal.operations.filter((name) => name.startsWith('beginCall'))).toHaveLength(1);
  });

  it('in the same turn too', async () => {
    let ran = 0;
    const model = new ScriptedModel([[...once, ...once, { call: 't', arguments: { text: 'y' } }], ['ok']]);
    await run([], { model, tools: [tool('t', () => `ran ${String((ran += 1))}`)] });
    expect(ran).toBe(2);
    expect(resultsOf(model)).toEqual([{ failed: false, text: 'ran 1' }, again, { failed: false, text: 'ran 2' }]);
  });

  it('also where the first was made by a worker that was lost', async () => {
    let ran = 0;
    const tools = [tool('t', () => `ran ${String((ran += 1))}`)];
    const { journal } = await run([once, once, ['ok']], { tools });
    const model = new ScriptedModel([once, ['ok']]);
    await run([], { model, tools, journal: journal.reopened() });
    expect(ran).toBe(1);
    expect(resultsOf(model)).toEqual([{ failed: false, text: 'ran 1' }, again, again]);
  });

  it('is made once more where it failed, and not a third time', async () => {
    let ran = 0;
    const model = new ScriptedModel([once, once, once, once, ['ok']]);
    await run([], { model, tools: [tool('t', () => ({ text: `failure ${String((ran += 1))}`, failed: true }))] });
    expect(ran).toBe(2);
    expect(resultsOf(model)).toEqual([
      { failed: true, text: 'failure 1' },
      { failed: true, text: 'failure 2' },
      { failed: true, text: expect.stringMatching(/^This very call[\s\S]*failure 2$/) },
      { failed: true, text: expect.stringMatching(/^This very call[\s\S]*failure 2$/) },
    ]);
  });

  it('that was too much for its turn is made in the next', async () => {
    const calls = Array.from({ length: 5 }, (_, index) => ({ call: 't', arguments: { text: String(index) } }));
    const model = new ScriptedModel([calls, [{ call: 't', arguments: { text: '4' } }], ['ok']]);
    await run([], { model, tools: [tool('t', (text) => `did ${text}`)] });
    expect(resultsOf(model).slice(-2)).toEqual([
      { failed: true, text: expect.stringContaining('at most 4 calls') },
      { failed: false, text: 'did 4' },
    ]);
  });
});

describe('approval', () => {
  const asked = async (approve: ApproveCall): Promise<{ ran: number; text: string }> => {
    let ran = 0;
    const model = new ScriptedModel([[{ call: 't', arguments: { text: 'x' } }], ['ok']]);
    await run([], { model, approve, tools: [tool('t', () => String((ran += 1)))] });
    const result = model.requests[1]?.messages.at(-1);
    return { ran, text: result?.role === 'tool' ? result.text : '' };
  };

  it('sees the tool and the validated arguments, and lets the call run', async () => {
    const approve: ApproveCall = ({ tool: { definition }, args }) =>
      Promise.resolve(definition.name === 't' && JSON.stringify(args) === '{"text":"x"}' ? 'approved' : { refused: 'no' });
    expect(await asked(approve)).toEqual({ ran: 1, text: '1' });
  });

  it('that refuses: the model is told why, the tool does not run', async () => {
    expect(await asked(() => Promise.resolve({ refused: 'not at night' }))).toEqual({
      ran: 0,
      text: 'This call was refused: not at night',
    });
  });

  it('that breaks does not let the call through', async () => {
    expect(await asked(() => Promise.reject(new Error('bug')))).toMatchObject({ ran: 0 });
  });

  it('has no part in the time of the tool', async () => {
    const approve: ApproveCall = () => new Promise((resolve) => setTimeout(resolve, 30, 'approved'));
    const { outcome } = await run([[{ call: 't' }], ['ok']], { approve, tools: [tool('t', () => 'done', { timeoutMs: 20 })] });
    expect(outcome.skillsUsed).toEqual(['t']);
  });
});
