import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { findTokenProblem } from './check-token.js';

describe('the gateway token', () => {
  it.each([
    'changeme',
    'change-me',
    'changeme-changeme',
    'CHANGE_ME_PLEASE_123',
    'your_token_here',
    'YOUR_GATEWAY_TOKEN',
    'your-secret-token',
    '<token>',
    '<your gateway token>',
    '[insert token here]',
    'token',
    'secret',
    'password',
    'test',
    'test-token-test-token',
    'supersecretpassword',
    'password12345678',
    'admin',
    'example',
    'replace-me-please',
    'openclaw-gateway-token',
    '${GATEWAY_AUTH_TOKEN}',
    '{{ gateway_token }}',
    '***REDACTED***',
    'xxxxxxxxxxxxxxxxxxxx',
    '0000000000000000',
    'abababababababab',
    '1234567890123456',
    '0123456789abcdef',
    'abcdefghijklmnopqrst',
    'qwertyuiopasdfghjkl',
  ])('refuses the placeholder %s', (token) => {
    expect(findTokenProblem(token)).toMatch(/^is a placeholder/);
  });

  it.each(['kS8vQ2mZx71LpWd', 'kS8v'])('refuses %s: under 16 characters', (token) => {
    expect(findTokenProblem(token)).toBe('must have at least 16 characters');
  });

  it.each(['kS8vQ2mZx71 LpWd0u', 'kS8vQ2mZx71LpWdü', 'kS8vQ2mZx71LpWd0\n'])('refuses %j: no header can carry it', (token) => {
    expect(findTokenProblem(token)).toMatch(/visible ASCII/);
  });

  it.each(['kS8vQ2mZx71LpWd0', 'correct-horse-battery-staple', 'test-token-9f2c51e07a', '!@#%^&*()_+-=[];,.', '8402957163028475'])(
    'takes %s',
    (token) => {
      expect(findTokenProblem(token)).toBeNull();
    },
  );

  it('takes what the gateway itself and `secrets create` make', () => {
    for (let round = 0; round < 500; round++) {
      const bytes = randomBytes(32);
      expect(findTokenProblem(bytes.toString('base64url'))).toBeNull();
      expect(findTokenProblem(bytes.toString('hex'))).toBeNull();
    }
  });

  it('answers at once, however a token repeats itself', () => {
    expect(findTokenProblem(`${'change'.repeat(5000)}ü`)).not.toBeNull();
    expect(findTokenProblem(`${'testtesting'.repeat(3000)}!q`)).toBeNull();
  });
});
