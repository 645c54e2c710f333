import { describe, expect, it } from '@jest/globals';
import { CircuitBreaker } from './circuit-breaker.js';

function breaker(): { subject: CircuitBreaker; pass: (ms: number) => void; fail: (times: number) => void } {
  let now = 0;
  const subject = new CircuitBreaker({ failures: 3, openMs: 100 }, () => now);
  const fail = (times: number): void => {
    for (let n = 0; n < times; n += 1) if (subject.enter()) subject.failed();
  };
  return { subject, fail, pass: (ms) => (now += ms) };
}

describe('the circuit breaker', () => {
  it('opens after failures in a row, not before, and not for failures apart', () => {
    const { subject, fail } = breaker();
    fail(2);
    subject.enter();
    subject.succeeded();
    fail(2);
    expect(subject.state).toBe('closed');
    fail(1);
    expect([subject.state, subject.enter(), subject.failures]).toEqual(['open', false, 3]);
  });

  it('half open: lets one request in, and only one', () => {
    const { subject, fail, pass } = breaker();
    fail(3);
    pass(100);
    expect(subject.state).toBe('half_open');
    expect([subject.enter(), subject.enter()]).toEqual([true, false]);
  });

  it('closes when the probe succeeds, opens again when it fails', () => {
    const { subject, fail, pass } = breaker();
    fail(3);
    pass(100);
    fail(1);
    expect(subject.state).toBe('open');
    pass(100);
    subject.enter();
    subject.succeeded();
    expect([subject.state, subject.failures]).toEqual(['closed', 0]);
  });

  it('a probe that was left does not keep others out', () => {
    const { subject, fail, pass } = breaker();
    fail(3);
    pass(100);
    subject.enter();
    subject.left();
    expect(subject.enter()).toBe(true);
  });
});
