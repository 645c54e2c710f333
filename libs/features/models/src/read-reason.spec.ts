import { describe, expect, it } from '@jest/globals';
import { Redactor } from '@openclaw/telemetry';
import { readReason } from './read-reason.js';

const redactor = new Redactor(['my-own-secret-key']);

describe('the provider’s own sentence', () => {
  it('row 23: secrets go before the length does: none is left in half, wherever it stands', () => {
    for (let before = 0; before < 1400; before += 7) {
      const shown = readReason(`${'my-own-secret-key '.repeat(60)}${'x'.repeat(before)} my-own-secret-key`, redactor);
      expect(shown).not.toContain('my-own');
      expect(shown.length).toBeLessThanOrEqual(300);
    }
  });

  it.each<[unknown, string]>([
    ['{"error":{"message":"Not today","type":"x"}}', 'Not today'],
    ['{"error":"model is loading"}', 'model is loading'],
    ['{"object":"error","message":"flat","code":400}', 'flat'],
    ['{"detail":"Not Found"}', 'Not Found'],
    [
      '{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"},{"loc":["body","seed"],"msg":"no"}]}',
      'body.stream_options: Extra inputs are not permitted; body.seed: no',
    ],
    ['{"errors":[{"message":"one"},{"message":"two"}]}', 'one; two'],
    [
      '{"error":{"message":"Provider returned error","metadata":{"raw":"{\\"error\\":{\\"message\\":\\"too hot\\"}}"}}}',
      'Provider returned error: too hot',
    ],
    ['{"error":{"code":"quota_spent"}}', 'quota_spent'],
    ['upstream connect error', 'upstream connect error'],
    ['<!DOCTYPE html><html><head><title>502 Bad\n Gateway</title></head></html>', '502 Bad Gateway'],
    ['<html><body><h1>Blocked</h1></body></html>', 'Blocked'],
    [{ type: 'overloaded_error', message: 'Overloaded' }, 'Overloaded'],
    ['', ''],
    ['{}', ''],
    ['a\u0000b\u001b[31m  c', 'a b [31m c'],
    ['{"error":{"message":"bad key my-own-secret-key or sk-abcdefghijklmnopqrstuv"}}', 'bad key ***REDACTED*** or ***REDACTED***'],
  ])('of %j is %j', (body, reason) => {
    expect(readReason(body, redactor)).toBe(reason);
  });

  it('is cut at 300 characters, between graphemes', () => {
    const reason = readReason(`${'a'.repeat(296)}👩‍👩‍👧 and more`, redactor);
    expect(reason).toBe(`${'a'.repeat(296)}…`);
    expect(readReason('ü'.repeat(5000), redactor).length).toBe(300);
  });
});
