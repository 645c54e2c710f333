import { describe, expect, it } from '@jest/globals';
import type { ModelEvent } from '@openclaw/language-model';
import { ScriptedModel, type ScriptedStep } from '@openclaw/models/testing';
import { MemoryJournal } from './memory-journal.fake.js';
import { isConsistent, question, run, textOf, told, tool } from './observed-run.fake.js';

const SCRIPT: readonly (readonly ScriptedStep[])[] = [
  ['One.', { call: 'read', callId: 'r' }, { call: 'pay', callId: 'p' }],
  ['Two.', { call: 'pay', callId: 'p2' }],
  ['Three.'],
];
const CONTENT = 'One.\n\nTwo.\n\nThree.';

/** Two tools, and how often each call of them took effect. */
function counted(): { tools: ReturnType<typeof tool>[]; effects: Map<string, number> } {
  const effects = new Map<string, number>();
  const count = (name: string, retry: 'safe' | 'report'): ReturnType<typeof tool> => {
    const made = tool(name, () => name, { retry });
    return {
      ...made,
      execute: (_args, { idempotencyKey }) => {
        effects.set(idempotencyKey, (effects.get(idempotencyKey) ?? 0) + 1);
        return Promise.resolve(name);
      },
    };
  };
  return { tools: [count('read', 'safe'), count('pay', 'report')], effects };
}

describe('the journal', () => {
  it('a turn is recorded before its calls, a call with effects before and after, a result before it is seen', async () => {
    const order: string[] = [];
    const journal = new MemoryJournal([], (operation) => order.push(operation));
    const pay = tool('pay', () => (order.push('execute'), 'paid'));
    await run([[{ call: 'pay' }], ['ok']], { journal, tools: [pay], emit: (event) => order.push(event.type) });
    expect(order).toEqual(['recordStep', 'skill_call', 'beginCall', 'execute', 'endCall', 'skill_result', 'token']);
  });

  it('a call that only reads needs no mark before it runs', async () => {
    const { journal } = await run([[{ call: 'read', callId: 'r' }], ['ok']], { tools: counted().tools });
    expect(journal.operations).toEqual(['recordStep', 'endCall r']);
  });

  it('a later attempt replays what was decided: nothing is asked or run again, everything is told again', async () => {
    const { tools, effects } = counted();
    const first = await run(SCRIPT, { tools });
    const model = new ScriptedModel([['Three.']]);
    const again = await run([], { model, tools, journal: first.journal.reopened(), run: { id: 'msg_1', attempt: 2 } });
    expect(again.outcome).toMatchObject({
      status: 'completed',
      content: CONTENT,
      usage: { input: 30, output: 15 },
      skillsUsed: ['read', 'pay'],
    });
    expect(told(again.events)).toEqual(told(first.events));
    expect(again.journal.operations).toEqual([]);
    expect(Math.max(...effects.values())).toBe(1);
    expect(model.requests).toHaveLength(1);
  });

  it('a call with effects that had begun is reported, not repeated; one that reads runs again', async () => {
    const { tools, effects } = counted();
    const lost = { text: '', usage: { input: 0, output: 0 }, model: 'a/b', costUsd: null };
    const calls = [
      { callId: 'r', name: 'read', argumentsJson: '{}', began: true, result: null },
      { callId: 'p', name: 'pay', argumentsJson: '{}', began: true, result: null },
    ];
    const model = new ScriptedModel([['ok']]);
    await run([], { model, tools, journal: new MemoryJournal([{ ...lost, calls }]) });
    expect([...effects]).toEqual([['msg_1:r', 1]]);
    expect(model.requests[0]?.messages.slice(-2)).toMatchObject([
      { text: 'read', failed: false },
      { text: expect.stringContaining('unknown'), failed: true },
    ]);
  });

  it('a turn limit counts the turns of earlier attempts', async () => {
    const { tools } = counted();
    const { journal } = await run(SCRIPT, { tools });
    const { outcome } = await run([], {
      tools,
      journal: journal.reopened(),
      limits: {
        turnsMax: 2,
        runTimeoutMs: 5_000,
        toolTimeoutMs: 1_000,
        toolResultCharacters: 100,
        toolArgumentsCharacters: 1_000,
        callsPerTurnMax: 4,
        turnCharactersMax: 10_000,
      },
    });
    expect(outcome).toMatchObject({ finishReason: 'max_turns' });
  });

  it('a lease lost at any point: the error leaves as it is, the next attempt completes, no effect comes twice', async () => {
    const whole = await run(SCRIPT, { tools: counted().tools });
    for (let crashAt = 0; crashAt < whole.journal.operations.length; crashAt += 1) {
      const { tools, effects } = counted();
      const lost = new Error('the lease is lost');
      const journal = new MemoryJournal([], (_operation, nth) => {
        if (nth >= crashAt) throw lost;
      });
      await expect(run(SCRIPT, { tools, journal })).rejects.toBe(lost);
      const next = journal.reopened();
      const again = await run(SCRIPT.slice(next.steps.length), { tools, journal: next, run: { id: 'msg_1', attempt: 2 } });
      expect(again.outcome).toMatchObject({ status: 'completed', content: CONTENT });
      expect(textOf(again.events)).toBe(CONTENT);
      expect([effects.get('msg_1:p') ?? 0, effects.get('msg_1:p2') ?? 0].every((times) => times <= 1)).toBe(true);
      expect(isConsistent([question('go'), ...again.outcome.messages])).toBe(true);
    }
  });
});

describe('abort', () => {
  it('at any event: aborted at once, and every call in the conversation has a result', async () => {
    const whole = await run(SCRIPT, { tools: counted().tools });
    for (let abortAt = 0; abortAt < whole.events.length - 1; abortAt += 1) {
      const controller = new AbortController();
      let seen = 0;
      const emit = (): void => {
        if (seen === abortAt) controller.abort(new Error('cancelled'));
        seen += 1;
      };
      const { outcome } = await run(SCRIPT, { tools: counted().tools, signal: controller.signal, emit });
      expect(outcome.status).toBe('aborted');
      expect(isConsistent([question('go'), ...outcome.messages])).toBe(true);
    }
  });

  it('while a tool runs that does not heed it: aborted all the same; its open end is told and not journalled', async () => {
    const controller = new AbortController();
    const deaf = tool('deaf', () => {
      controller.abort(new Error('cancelled'));
      return new Promise<string>(() => undefined);
    });
    const { outcome, events, journal } = await run([[{ call: 'deaf', callId: 'd' }]], { tools: [deaf], signal: controller.signal });
    expect(outcome).toMatchObject({ status: 'aborted', messages: [{ role: 'assistant' }, { role: 'tool', failed: true }] });
    expect(told(events)).toEqual(['call deaf', 'result deaf failed']);
    expect(journal.operations).toEqual(['recordStep', 'beginCall d']);
  });

  it('while a model does not heed it: aborted all the same, and nothing it says later is told', async () => {
    const controller = new AbortController();
    const late = Promise.withResolvers<undefined>();
    const deaf = new ScriptedModel([]);
    const stream = async function* (): AsyncGenerator<ModelEvent> {
      yield { type: 'text', text: 'a' };
      controller.abort();
      await late.promise;
      yield { type: 'text', text: 'b' };
    };
    const { outcome, events } = await run([], { model: Object.assign(deaf, { stream }), signal: controller.signal });
    late.resolve(undefined);
    await new Promise(setImmediate);
    expect(outcome).toMatchObject({ status: 'aborted', content: 'a' });
    expect(told(events)).toEqual(['token a']);
  });

  it('before anything: nothing is asked', async () => {
    const model = new ScriptedModel([['x']]);
    const { outcome } = await run([], { model, signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ status: 'aborted', content: '', messages: [] });
  });

  it('leaves no timer behind', async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await run(SCRIPT, { tools: counted().tools });
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(before);
  });
});
