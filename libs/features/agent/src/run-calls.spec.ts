import { describe, expect, it } from '@jest/globals';
import { Fault } from '@openclaw/errors';
import { ScriptedModel } from '@openclaw/models/testing';
import { LIMITS, run, told, tool } from './observed-run.fake.js';
import type { ApproveCall } from './tool.types.js';

const two = [{ call: 'a' }, { call: 'b' }];

describe('calls of one turn', () => {
  it('run side by side: each can wait for the other', async () => {
    const [a, b] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const tools = [
      tool('a', async () => (a.resolve(undefined), b.promise.then(() => 'A'))),
      tool('b', async () => (b.resolve(undefined), a.promise.then(() => 'B'))),
    ];
    expect((await run([two, ['ok']], { tools })).outcome).toMatchObject({ status: 'completed', skillsUsed: expect.arrayContaining(['a', 'b']) });
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
    expect(await resultOf(never, { limits: { ...LIMITS, toolTimeoutMs: 10 } })).toMatchObject({ failed: true, text: expect.stringMatching(/^No result within 10 ms.*unknown\.$/) });
    expect(await resultOf(never, { tools: [tool('t', never, { timeoutMs: 15, retry: 'safe' })] })).toMatchObject({ text: 'No result within 15 ms (agent.tool_timeout_ms).' });
  });

  it('with a long result: cut in the middle, its end is kept', async () => {
    const result = await resultOf(() => `start${'x'.repeat(5_000)}end`);
    expect(result).toMatchObject({ text: expect.stringMatching(/^start[\s\S]*4008 characters left out[\s\S]*end$/) });
  });

  it('is given a key that no other call has', async () => {
    const keys: string[] = [];
    const spy = { ...tool('t', () => ''), execute: (_args: unknown, call: { idempotencyKey: string }): Promise<string> => Promise.resolve(String(keys.push(call.idempotencyKey))) };
    await run([[{ call: 't', callId: 'c' }, { call: 't', callId: 'c' }], ['ok']], { tools: [spy] });
    expect(keys).toEqual(['msg_1:c', 'msg_1:c_2']);
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
    const approve: ApproveCall = ({ tool: { definition }, args }) => Promise.resolve(definition.name === 't' && JSON.stringify(args) === '{"text":"x"}' ? 'approved' : { refused: 'no' });
    expect(await asked(approve)).toEqual({ ran: 1, text: '1' });
  });

  it('that refuses: the model is told why, the tool does not run', async () => {
    expect(await asked(() => Promise.resolve({ refused: 'not at night' }))).toEqual({ ran: 0, text: 'This call was refused: not at night' });
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
