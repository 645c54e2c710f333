import { describe, expect, it } from '@jest/globals';
import type { ModelMessage, ToolCall } from '@openclaw/language-model';
import { TurnRecorder } from './provider-state.js';
import { toPrompt, type Reader } from './to-prompt.js';

const READER: Reader = { name: 'p/m', facts: { images: true, files: false }, marksCache: false };
const user = (text: string): ModelMessage => ({ role: 'user', parts: [{ type: 'text', text }] });
const call = (callId: string, argumentsJson = '{}'): ToolCall => ({ callId, name: 't', argumentsJson });
const result = (callId: string): ModelMessage => ({ role: 'tool', callId, name: 't', text: 'r', failed: false });

describe('the prompt', () => {
  it('has one system message and one message with all results of a turn', () => {
    const messages: ModelMessage[] = [
      { role: 'system', text: 'a' },
      { role: 'system', text: 'b' },
      user('q'),
      { role: 'assistant', text: '', calls: [call('1'), call('2')] },
      result('1'),
      result('2'),
    ];
    const prompt = toPrompt(messages, READER);
    expect(prompt.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
    expect(prompt[0]?.content).toBe('a\n\nb');
    expect(prompt[3]?.content).toHaveLength(2);
  });

  it('marks where a cache may end, for those who must be told', () => {
    const messages: ModelMessage[] = [
      { role: 'system', text: 'a' },
      { role: 'system', text: 'b' },
      user('q'),
      { role: 'assistant', text: 'x', calls: [] },
      user('r'),
    ];
    const marked = toPrompt(messages, { ...READER, marksCache: true }).map((message) => JSON.stringify(message).includes('ephemeral'));
    expect(marked).toEqual([true, true, false, false, true]);
  });

  it('takes back malformed arguments as an empty object', () => {
    const [, assistant] = toPrompt(
      [user('q'), { role: 'assistant', text: '', calls: [call('1', '{"a":'), call('2', '[1]'), call('3', '{"b":1}')] }],
      READER,
    );
    expect(assistant?.content).toMatchObject([{ input: {} }, { input: {} }, { input: { b: 1 } }]);
  });

  it('puts text files in as text, and names what the model cannot be shown', () => {
    const file = (name: string, mediaType: string): Extract<ModelMessage, { role: 'user' }>['parts'][number] => ({
      type: 'file',
      name,
      mediaType,
      data: Buffer.from('body'),
    });
    const [prompt] = toPrompt(
      [
        {
          role: 'user',
          parts: [file('a.txt', 'text/plain'), file('b.pdf', 'application/pdf'), file('c.png', 'image/png'), file('d.tiff', 'image/tiff')],
        },
      ],
      READER,
    );
    expect(prompt?.content).toMatchObject([
      {
        type: 'text',
        text: expect.stringMatching(/^a\.txt:\nbody\n\n\[b\.pdf \(application\/pdf\) was attached, but you cannot be shown it/),
      },
      { type: 'file', mediaType: 'image/png' },
      { type: 'text', text: expect.stringContaining('d.tiff') },
    ]);
  });

  it('puts results directly behind their calls, in their order, and drops those without one', () => {
    const messages: ModelMessage[] = [
      result('0'),
      user('q'),
      { role: 'assistant', text: '', calls: [call('1'), call('2')] },
      user('next'),
      result('2'),
    ];
    expect(toPrompt(messages, READER)).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
      {
        role: 'tool',
        content: [
          { toolCallId: '1', output: { type: 'error-text' } },
          { toolCallId: '2', output: { type: 'text', value: 'r' } },
        ],
      },
      { role: 'assistant' },
      { role: 'user' },
    ]);
  });

  it('has no turn in which nothing is said, and begins and ends with a user', () => {
    expect(
      toPrompt([{ role: 'assistant', text: 'hello', calls: [] }, user(' \n'), { role: 'assistant', text: '\u200b', calls: [] }], READER),
    ).toMatchObject([{ role: 'user' }, { role: 'assistant', content: [{ text: 'hello' }] }, { role: 'user' }]);
  });

  it('goes by turns: who said nothing is said to have said nothing', () => {
    const prompt = toPrompt(
      [
        user('one'),
        user('two'),
        { role: 'assistant', text: 'a', calls: [] },
        { role: 'assistant', text: '', calls: [call('1')] },
        result('1'),
        user('three'),
      ],
      READER,
    );
    expect(prompt.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
      'tool',
      'assistant',
      'user',
    ]);
    expect(prompt[1]?.content).toEqual([{ type: 'text', text: '(There was no reply.)' }]);
  });

  it('gives each model the ids that it wrote, others in nine letters and digits, none twice, and the same ones each time', () => {
    const turn = (callId: string, model: string): ModelMessage[] => [
      { role: 'assistant', text: '', calls: [call(callId)], model },
      { ...result(callId) },
    ];
    const messages = [
      user('q'),
      ...turn('functions.t:0', 'p/m'),
      ...turn('functions.t:0', 'p/m'),
      ...turn('call_1', 'other/model'),
      ...turn('x y', 'p/m'),
    ];
    const ids = (reader: Reader): string[] =>
      toPrompt(messages, reader).flatMap(({ role, content }) =>
        role === 'tool' ? content.map((part) => ('toolCallId' in part ? part.toolCallId : '')) : [],
      );
    const [first, second, third, fourth] = ids(READER);
    expect(first).toBe('functions.t:0');
    expect([second, third, fourth]).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^[a-zA-Z0-9]{9}$/)));
    expect(new Set(ids(READER)).size).toBe(4);
    expect(ids({ ...READER, name: 'anthropic/other' })).toEqual(Array.from({ length: 4 }, () => expect.stringMatching(/^[a-zA-Z0-9]{9}$/)));
    expect(ids(READER)).toEqual(ids(READER));
  });

  it('tells calls as text where no tools go along', () => {
    const messages: ModelMessage[] = [user('q'), { role: 'assistant', text: 'Let me see.', calls: [call('1', '{"a":1}')] }, result('1')];
    expect(toPrompt(messages, { ...READER, offersTools: false })).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ type: 'text', text: 'Let me see.\n[called t with {"a":1}]' }] },
      { role: 'user', content: [{ type: 'text', text: '[t answered: r]' }] },
    ]);
  });

  it('joins the text of a question where no cache is marked, and ends a cache behind all of it, since all of it stays', () => {
    const question: ModelMessage = { role: 'user', parts: [{ type: 'text', text: 'q' }], note: 'at noon', finds: 'found' };
    expect(toPrompt([question], READER)).toEqual([{ role: 'user', content: [{ type: 'text', text: 'q\n\nat noon\n\nfound' }] }]);
    const [marked] = toPrompt([question], { ...READER, marksCache: true });
    expect(marked?.content).toMatchObject([
      { text: 'q' },
      { text: 'at noon' },
      { text: 'found', providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } } },
    ]);
    expect(marked?.content[1]).not.toHaveProperty('providerOptions');
  });
});

describe('a turn’s state', () => {
  const thought = (recorder: TurnRecorder): void => {
    recorder.tell('0', 'reasoning', 'h');
    recorder.tell('0', 'reasoning', 'm');
    recorder.note('0', 'anthropic', { signature: 's' });
  };
  const speech = (recorder: TurnRecorder): void => {
    recorder.tell('1', 'text', 'Let me ');
    recorder.tell('1', 'text', 'see.');
    recorder.call('x');
  };
  const record = (...steps: readonly ((recorder: TurnRecorder) => void)[]): ReturnType<TurnRecorder['state']> => {
    const recorder = new TurnRecorder();
    for (const step of steps) step(recorder);
    return recorder.state('p/m', new Set(['x']));
  };
  const sign = (recorder: TurnRecorder): void => {
    recorder.note('x', 'google', { thoughtSignature: 'g' });
  };
  const turn = (state: ReturnType<typeof record>): ModelMessage => ({
    role: 'assistant',
    text: 'Let me see.',
    calls: [call('x_2', '{"a":1}')],
    ...(state ? { state } : {}),
  });

  it('goes back to its model as it came: thinking and signatures in their places, under our ids', () => {
    const [, assistant] = toPrompt([user('q'), turn(record(thought, speech, sign))], READER);
    expect(assistant?.content).toEqual([
      { type: 'reasoning', text: 'hm', providerOptions: { anthropic: { signature: 's' } } },
      { type: 'text', text: 'Let me see.' },
      { type: 'tool-call', toolCallId: 'x_2', toolName: 't', input: { a: 1 }, providerOptions: { google: { thoughtSignature: 'g' } } },
    ]);
  });

  it('is not shown to another model', () => {
    const [, assistant] = toPrompt([user('q'), turn(record(thought, speech, sign))], { ...READER, name: 'p/other' });
    expect(assistant?.content).toEqual([
      { type: 'text', text: 'Let me see.' },
      { type: 'tool-call', toolCallId: 'x_2', toolName: 't', input: { a: 1 } },
    ]);
  });

  it('is not kept where there is nothing to it but text and calls', () => {
    expect(record(speech)).toBeUndefined();
  });
});
