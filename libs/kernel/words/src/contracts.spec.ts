import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ERROR_STATUS, toIssueDetails, toIssues } from './error.schema.js';
import { FRAMES } from './frame.schema.js';
import { deriveId, ID_PREFIXES, idSchema, idToUuid, isId, newId, uuidToId } from './ids.js';
import { sendMessageSchema } from './message.schema.js';
import { findUnsafeJson, JSON_DEPTH_MAX } from './plain-json.js';

describe('ids', () => {
  it.each(ID_PREFIXES)('%s_ ids go to Postgres and back unchanged, and are known for what they are', (prefix) => {
    const id = newId(prefix);
    expect(uuidToId(prefix, idToUuid(id))).toBe(id);
    expect(isId(prefix, id)).toBe(true);
    for (const other of ID_PREFIXES) expect(isId(other, id)).toBe(other === prefix);
    expect(idSchema(prefix).parse(id)).toBe(id);
  });

  it('sort by the time they were made', () => {
    const ids = Array.from({ length: 200 }, () => newId('msg'));
    expect([...ids].sort()).toEqual(ids);
  });

  it.each([
    '',
    'msg_',
    'msg_x',
    'msg_01h2xcejqtf2nbrexx3vqjhp4',
    'msg_81h2xcejqtf2nbrexx3vqjhp41',
    'msg_01H2XCEJQTF2NBREXX3VQJHP41',
    'msg_01h2xcejqtf2nbrexx3vqjhp4i',
    ' msg_01h2xcejqtf2nbrexx3vqjhp41',
  ])('invariant 8: %p is no message id', (value) => {
    expect(isId('msg', value)).toBe(false);
  });

  it('a derived id depends on nothing but what it is derived from', () => {
    const run = newId('msg');
    expect(deriveId('mem', run, 'call_1')).toBe(deriveId('mem', run, 'call_1'));
    expect(deriveId('mem', run, 'call_2')).not.toBe(deriveId('mem', run, 'call_1'));
    expect(deriveId('mem', newId('msg'), 'call_1')).not.toBe(deriveId('mem', run, 'call_1'));
    const derived = deriveId('mem', run, 'call_1');
    expect(isId('mem', derived)).toBe(true);
    expect(idToUuid(derived)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(idToUuid(derived).slice(0, 13)).toBe(idToUuid(run).slice(0, 13));
  });

  it('a derived id does not change from one version to the next', () => {
    expect(deriveId('mem', 'msg_01h2xcejqtf2nbrexx3vqjhp41', 'call_1')).toBe('mem_01h2xcejqtewg8wssra9ns15q9');
  });
});

describe('findUnsafeJson', () => {
  const nested = (depth: number): unknown => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 'x');

  it.each([
    ['U+0000 in a value', { a: ['x', 'a\0b'] }, 'a.1'],
    ['a lone surrogate in a value', { a: '\ud800' }, 'a'],
    ['a lone surrogate in a key', { a: { 'k\udc00': 1 } }, 'a'],
    ['U+0000 in a key', { 'a\0': 1 }, ''],
    ['nesting beyond the limit', nested(JSON_DEPTH_MAX + 1), '0.0.0'],
  ])('finds %s and says where', (_name, value, path) => {
    expect(findUnsafeJson(value)?.path).toBe(path);
  });

  it.each([
    ['text in many scripts', { a: 'héllo 👋🏽 日本語', b: [1, null, true] }],
    ['nesting at the limit', nested(JSON_DEPTH_MAX)],
    ['nothing', null],
  ])('lets %s pass', (_name, value) => {
    expect(findUnsafeJson(value)).toBeNull();
  });
});

describe('toIssueDetails', () => {
  it('names 50 findings and counts the rest; names that the client chose are cut', () => {
    const issues = Array.from({ length: 95_000 }, (_, index) => ({
      path: `${'😀'.repeat(100_000)}${String(index)}`,
      message: 'is not a known field',
    }));
    const details = toIssueDetails(issues);
    expect(details.issues).toHaveLength(50);
    expect(details.more).toBe(94_950);
    expect(details.issues[0]?.path).toBe(`${'😀'.repeat(100)}…`);
    expect(toIssueDetails(issues.slice(0, 50))).not.toHaveProperty('more');
  });
});

describe('words', () => {
  it.each([
    [undefined, 'is required and must be a string'],
    [7, 'must be a string'],
    ['', 'must have at least 1 characters'],
    ['too long', 'must have at most 5 characters'],
    ['Abc', 'must be in lower case'],
  ])('says of the text %j that it %s', (text, message) => {
    const schema = z.strictObject({
      text: z
        .string()
        .min(1)
        .max(5)
        .regex(/^[^A-Z]*$/, 'must be in lower case'),
    });
    const parsed = schema.safeParse(text === undefined ? {} : { text });
    expect(parsed.error && toIssues(parsed.error)).toEqual([{ path: 'text', message }]);
  });

  it.each([
    [{ kind: 'c' }, 'kind', 'must be one of a, b'],
    [{ kind: 'a', many: [1, 2, 3] }, 'many', 'must have at most 2 items'],
    [{ kind: 'a', count: 0 }, 'count', 'must be at least 1'],
    [{ kind: 'a', count: 1.5 }, 'count', 'must be a whole number'],
    [{ kind: 'a', at: 'noon' }, 'at', 'invalid ISO datetime'],
  ])('says what is wrong with %j', (value, path, message) => {
    const schema = z.object({
      kind: z.enum(['a', 'b']),
      many: z.array(z.number()).max(2).optional(),
      count: z.number().int().min(1).optional(),
      at: z.iso.datetime().optional(),
    });
    const parsed = schema.safeParse(value);
    expect(parsed.error && toIssues(parsed.error)).toEqual([{ path, message }]);
  });

  it('every frame of the WebSocket has a scope, but ping', () => {
    for (const [type, { scope }] of Object.entries(FRAMES)) expect(scope === null).toBe(type === 'ping');
  });

  it('the error table is that of the contract', () => {
    expect(ERROR_STATUS).toEqual({
      bad_request: 400,
      unauthorized: 401,
      forbidden: 403,
      not_found: 404,
      method_not_allowed: 405,
      timeout: 408,
      conflict: 409,
      payload_too_large: 413,
      unsupported_media_type: 415,
      range_not_satisfiable: 416,
      rate_limited: 429,
      internal_error: 500,
      upstream_error: 502,
      service_unavailable: 503,
    });
  });
});

describe('a message at the door', () => {
  const parse = (fields: object): ReturnType<typeof sendMessageSchema.safeParse> =>
    sendMessageSchema.safeParse({ channel: 'api', message: 'x', ...fields });

  it('counts characters as people do: 100,000 of any script', () => {
    expect(parse({ message: '👋'.repeat(100_000) }).success).toBe(true);
    expect(parse({ message: '👋'.repeat(100_001) }).success).toBe(false);
    expect(parse({ message: 'x'.repeat(100_001) }).success).toBe(false);
  });

  it.each([
    [{ message: '' }],
    [{ message: ' \n\t' }],
    [{ message: 5 }],
    [{ channel: 'API' }],
    [{ channel: '1a' }],
    [{ channel: 'a'.repeat(33) }],
    [{ timeout_ms: 0 }],
    [{ timeout_ms: 600_001 }],
    [{ timeout_ms: 1.5 }],
    [{ wait_for_response: 'yes' }],
    [{ on_busy: 'wait' }],
    [{ metadata: [] }],
    [{ metadata: { a: 'x'.repeat(16_384) } }],
    [{ conversation_id: 'conv_1' }],
    [{ parent_id: newId('msg') }],
    [{ mesage: 'x' }],
  ])('invariant 8: refuses %j', (fields) => {
    expect(parse(fields).success).toBe(false);
  });
});
