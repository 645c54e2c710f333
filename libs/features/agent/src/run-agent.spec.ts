import { describe, expect, it } from '@jest/globals';
import { Fault } from '@openclaw/errors';
import { OfflineModel } from '@openclaw/models';
import { ScriptedModel } from '@openclaw/models/testing';
import { question, run, textOf, told, tool, LIMITS } from './observed-run.fake.js';

const echo = tool('echo', (text) => `echo of ${text}`);

describe('answering', () => {
  it('emits text as it comes; the content is all of it', async () => {
    const { outcome, events } = await run([['Hel', 'lo', { finish: { usage: { input: 3, output: 2 }, costUsd: 0.5 } }]]);
    expect(told(events)).toEqual(['token Hel', 'token lo']);
    expect(outcome).toMatchObject({
      status: 'completed',
      content: 'Hello',
      finishReason: 'stop',
      usage: { input: 3, output: 2 },
      costUsd: 0.5,
      model: 'scripted/script',
    });
  });

  it('runs tools and gives their results to the next turn; texts of turns stand apart', async () => {
    const model = new ScriptedModel([['Let me see.', { call: 'echo', arguments: { text: 'a' }, callId: 'c1' }], ['Done.']]);
    const { outcome, events } = await run([], { model, tools: [echo] });
    expect(told(events)).toEqual(['token Let me see.', 'call echo', 'result echo completed', 'token \n\nDone.']);
    expect(events[1]).toEqual({ type: 'skill_call', call_id: 'c1', skill: 'echo', status: 'invoking', arguments: { text: 'a' } });
    expect(events[2]).toMatchObject({ call_id: 'c1', summary: 'echo of a' });
    expect(outcome).toMatchObject({ content: 'Let me see.\n\nDone.', skillsUsed: ['echo'], usage: { input: 20, output: 10 } });
    expect(model.requests[1]?.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        text: 'Let me see.',
        calls: [{ callId: 'c1', name: 'echo', argumentsJson: '{"text":"a"}' }],
        model: 'scripted/script',
      },
      { role: 'tool', callId: 'c1', name: 'echo', text: 'echo of a', failed: false },
    ]);
  });

  it('works with the offline model: one tool round for an ordinary message', async () => {
    const { outcome } = await run([], {
      model: new OfflineModel({ pauseMs: 0, clock: { sleep: () => Promise.resolve() } }),
      messages: [question('hello there')],
      tools: [tool('memory_search', () => 'you like tea', { retry: 'safe' })],
    });
    expect(outcome).toMatchObject({ status: 'completed', skillsUsed: [], costUsd: 0 }); // its argument is `query`, which this tool refuses
    expect(outcome.content).toContain('hello there');
  });

  it('a cost that is unknown for one turn is unknown for the run, never less than it was', async () => {
    const { outcome } = await run(
      [
        [{ call: 'echo' }, { finish: { costUsd: 0.1 } }],
        ['Done.', { finish: { costUsd: null } }],
      ],
      { tools: [echo] },
    );
    expect(outcome.costUsd).toBeNull();
  });

  it('passes route, limit of tokens and fit on to the model', async () => {
    const model = new ScriptedModel([['x']]);
    const fit = (): never[] => [];
    await run([], { model, route: 'simple_tasks', maxOutputTokens: 9, fit });
    expect(model.requests[0]).toMatchObject({ route: 'simple_tasks', maxOutputTokens: 9, fit });
  });

  it('gives the model back the state of its own turn', async () => {
    const state = { model: 'a/b', json: '[]' };
    const model = new ScriptedModel([[{ call: 'echo' }, { finish: { state } }], ['Done.']]);
    await run([], { model, tools: [echo] });
    expect(model.requests[1]?.messages[1]).toMatchObject({ role: 'assistant', state });
  });
});

describe('what models do wrong', () => {
  const failure = async (step: { call: string; arguments?: unknown }): Promise<string> => {
    const model = new ScriptedModel([[step], ['Sorry.']]);
    const { outcome, events } = await run([], { model, tools: [echo] });
    expect(outcome).toMatchObject({ status: 'completed', content: 'Sorry.', skillsUsed: [] });
    expect(told(events)).toContain(`result ${step.call} failed`);
    const result = model.requests[1]?.messages.at(-1);
    return result?.role === 'tool' && result.failed ? result.text : '';
  };

  it('an unknown tool: told which there are', async () => {
    expect(await failure({ call: 'rocket' })).toBe('There is no tool named rocket. Available: echo.');
  });

  it('arguments that are no JSON: told so, and the event shows them as they were', async () => {
    expect(await failure({ call: 'echo', arguments: '{"text":' })).toMatch(/^The arguments were not accepted: they are not valid JSON/);
  });

  it('arguments of another shape: told what and where', async () => {
    expect(await failure({ call: 'echo', arguments: { text: 1, txt: 'a' } })).toMatch(/text: must be a string; txt: is not a known field/);
  });

  it('arguments that no store could keep: refused', async () => {
    expect(await failure({ call: 'echo', arguments: '{"text":"\\u0000"}' })).toMatch(/U\+0000/);
  });

  it('no arguments at all count as {}', async () => {
    const { outcome } = await run([[{ call: 'echo', arguments: '' }], ['ok']], { tools: [echo] });
    expect(outcome.skillsUsed).toEqual(['echo']);
  });

  it('the same call id twice: both calls keep a result of their own', async () => {
    const model = new ScriptedModel([
      [
        { call: 'echo', arguments: { text: 'a' }, callId: 'x' },
        { call: 'echo', arguments: { text: 'b' }, callId: 'x' },
      ],
      [{ call: 'echo', callId: 'x' }],
      ['ok'],
    ]);
    await run([], { model, tools: [echo] });
    const results = model.requests[2]?.messages.filter((message) => message.role === 'tool');
    expect(results?.map(({ callId }) => callId)).toEqual(['x', 'x_2', 'x_3']);
  });

  it('more calls than a turn may have: the rest fail without running', async () => {
    let ran = 0;
    const count = tool('count', () => String((ran += 1)));
    const { events } = await run(
      [Array.from({ length: 6 }, (_, index) => ({ call: 'count', arguments: { text: String(index) } })), ['ok']],
      { tools: [count] },
    );
    expect(ran).toBe(LIMITS.callsPerTurnMax);
    expect(told(events).filter((line) => line === 'result count failed')).toHaveLength(2);
  });

  it('a turn without an end of its text: stopped at the limit, finish reason length', async () => {
    const { outcome } = await run([Array.from({ length: 50 }, () => 'x'.repeat(500))]);
    expect(outcome).toMatchObject({ status: 'completed', finishReason: 'length', costUsd: null });
    expect(outcome.content.length).toBe(LIMITS.turnCharactersMax + 500);
  });

  it('tools for ever: stops at max_turns with what there is', async () => {
    const { outcome } = await run(
      Array.from({ length: 6 }, (_, n) => [`${String(n)} `, { call: 'echo' }]),
      { tools: [echo] },
    );
    expect(outcome).toMatchObject({ status: 'completed', finishReason: 'max_turns', content: '0 \n\n1 \n\n2 \n\n3 \n\n4 \n\n5 ' });
  });

  it('nothing said: the reply says why, it is never empty', async () => {
    expect((await run([[]])).outcome.content).toBe('The model had nothing to say.');
    expect((await run([[{ finish: { reason: 'content_filter' } }]])).outcome).toMatchObject({
      finishReason: 'content_filter',
      content: 'The model declined to answer this.',
    });
    const { outcome, events } = await run(
      Array.from({ length: 6 }, () => [{ call: 'echo' }]),
      { tools: [echo] },
    );
    expect(outcome.content).toMatch(/limit of steps/);
    expect(textOf(events)).toBe(outcome.content);
  });

  it('takes a turn in which nothing can be seen for an empty one, and keeps white space before the first word', async () => {
    const { outcome, events } = await run([[' ', '\n', '\u200b']]);
    expect([outcome.content, events.map((event) => event.type)]).toEqual(['The model had nothing to say.', ['token']]);
    expect((await run([['  ', '  four spaces'], ['never']])).outcome.content).toBe('    four spaces');
    expect(
      (
        await run(
          [
            [' \n', { call: 'echo', arguments: { text: 'a' } }],
            ['\n', 'Done.'],
          ],
          { tools: [echo] },
        )
      ).outcome.content,
    ).toBe('\nDone.');
  });

  it('U+0000 and split surrogate pairs: the text is plain, whole and complete', async () => {
    const { outcome, events } = await run([['a\0b', '\ud83d', '\ude00', ' \ud83d']]);
    expect(outcome.content).toBe('ab😀 \ufffd');
    expect(textOf(events)).toBe(outcome.content);
  });

  it('a stream without a finish is an upstream error', async () => {
    const { outcome } = await run([['half', { finish: null }]]);
    expect(outcome).toMatchObject({
      status: 'failed',
      content: 'half',
      costUsd: null,
      fault: { code: 'upstream_error', details: { retryable: true } },
    });
  });
});

describe('when something fails', () => {
  it('a Fault of the model is an outcome, with what was said before', async () => {
    const fault = new Fault('upstream_error', 'no', { details: { provider: 'x' } });
    const { outcome } = await run([['a', { throws: fault }]]);
    expect(outcome).toMatchObject({ status: 'failed', fault, content: 'a' });
  });

  it('a bug in the model leaves runAgent as it is', async () => {
    await expect(run([[{ throws: new TypeError('bug') }]])).rejects.toThrow('bug');
  });

  it('a failover midway: restart, then all finished turns again, and nothing of the broken one', async () => {
    const turns = [
      ['First.', { call: 'echo' }],
      ['bro', 'ken', { restart: { provider: 'p2', model: 'm2' } }, 'Second.'],
    ];
    const { outcome, events } = await run(turns, { tools: [echo] });
    const first = ['token First.', 'call echo', 'result echo completed'];
    expect(told(events)).toEqual([...first, 'token \n\nbro', 'token ken', 'restart', ...first, 'token \n\nSecond.']);
    expect(outcome).toMatchObject({ content: 'First.\n\nSecond.', model: 'p2/m2' });
    expect(textOf(events)).toBe(outcome.content);
  });

  it('calls of a turn that was broken off are not run', async () => {
    const { outcome } = await run([[{ call: 'echo' }, { restart: { provider: 'p2', model: 'm2' } }, 'Fine.']], { tools: [echo] });
    expect(outcome).toMatchObject({ content: 'Fine.', skillsUsed: [] });
  });

  it('the whole run has a limit, which its error names', async () => {
    const { outcome } = await run([['a', { wait: () => new Promise(() => undefined) }]], {
      limits: { ...LIMITS, runTimeoutMs: 60_000 },
      spentMs: 59_980,
    });
    expect(outcome).toMatchObject({
      status: 'failed',
      content: 'a',
      fault: { details: { tier: 'run', limit_ms: 60_000, retryable: false } },
    });
  });
});
