import { describe, expect, it } from '@jest/globals';
import type { QuestionVector } from '@openclaw/feature';
import { LimitedQuestions, type QuestionSource } from './limited-questions.js';

const VECTOR: QuestionVector = { embedder: 'test', numbers: Float32Array.of(1, 0) };

function stage(answer: (signal: AbortSignal) => Promise<QuestionVector>): {
  questions: LimitedQuestions;
  asked: string[];
  signals: AbortSignal[];
  pass: (ms: number) => void;
} {
  const [asked, signals] = [new Array<string>(), new Array<AbortSignal>()];
  let now = 0;
  const source: QuestionSource = {
    provider: 'test',
    vectorOf: (question, signal) => {
      asked.push(question);
      signals.push(signal);
      return answer(signal);
    },
  };
  return { questions: new LimitedQuestions(source, { waitMs: () => 1, now: () => now }), asked, signals, pass: (ms) => (now += ms) };
}
const never = (): Promise<never> => Promise.withResolvers<never>().promise;
const away = (): Promise<never> => Promise.reject(new Error('away'));

describe('LimitedQuestions', () => {
  it('gives the vector that comes in time', async () => {
    expect(await stage(() => Promise.resolve(VECTOR)).questions.ask('what?')).toBe(VECTOR);
  });

  it('does not wait for one that does not come, even if it heeds no signal', async () => {
    const { questions, signals } = stage(never);
    expect(await questions.ask('what?')).toBe('late');
    expect(signals[0]?.aborted).toBe(true);
  });

  it('one that fails costs nothing: after five failures nobody is asked for ten seconds, then once', async () => {
    const { questions, asked, pass } = stage(away);
    for (let n = 0; n < 5; n += 1) expect(await questions.ask('what?')).toBe('late');
    expect([await questions.ask('what?'), asked.length]).toEqual(['off', 5]);
    pass(10_000);
    expect([await questions.ask('what?'), await questions.ask('what?'), asked.length]).toEqual(['late', 'off', 6]);
  });

  it('the same question again is not asked again, for five seconds', async () => {
    const { questions, asked, pass } = stage(() => Promise.resolve(VECTOR));
    for (const question of ['a?', 'a?', 'b?', 'b?']) expect(await questions.ask(question)).toBe(VECTOR);
    pass(5000);
    await questions.ask('b?');
    expect(asked).toEqual(['a?', 'b?', 'b?']);
  });

  it('nobody is asked where nobody makes vectors', async () => {
    const questions = new LimitedQuestions({ provider: null, vectorOf: away }, { waitMs: () => 1 });
    expect([await questions.ask('what?'), questions.provider]).toEqual(['off', null]);
  });

  it('a long question is asked by its beginning', async () => {
    const { questions, asked } = stage(() => Promise.resolve(VECTOR));
    await questions.ask('x'.repeat(100_000));
    expect(asked[0]).toHaveLength(1000);
  });
});
