import { describe, expect, it } from '@jest/globals';
import { REDACTED } from '@openclaw/words';
import { Redactor } from './redactor.js';

const BOT_TOKEN = `123456789:${'AAE-x_9'.repeat(5)}`;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N';

describe('Redactor', () => {
  const redactor = new Redactor(['correct horse', 'short']);

  it.each([
    ['a value this process holds', 'it said correct horse twice: correct horse', `it said ${REDACTED} twice: ${REDACTED}`],
    ['a bearer header', 'authorization: Bearer abcdef.123456', `authorization: Bearer ${REDACTED}`],
    ['an OpenAI or Anthropic key', 'key sk-ant-api03-AbCdEfGhIjKlMnOp.', `key ${REDACTED}.`],
    ['a Google key', `AIza${'x'.repeat(35)}`, REDACTED],
    ['a Slack token', 'xoxb-1234567890-abcdef', REDACTED],
    ['a GitHub token', `ghp_${'a1'.repeat(18)}`, REDACTED],
    ['a token of our own', `sent oclaw_${'a1'.repeat(37)} along`, `sent ${REDACTED} along`],
    ['a Telegram bot token', `token ${BOT_TOKEN} is`, `token ${REDACTED} is`],
    ['a Telegram bot token in a URL', `https://api.telegram.org/bot${BOT_TOKEN}/getMe`, `https://api.telegram.org/bot${REDACTED}/getMe`],
    ['a JSON Web Token', `cookie=${JWT};`, `cookie=${REDACTED};`],
    ['a JSON Web Token after a word that is joined to it', `x-access-${JWT}`, `x-access-${REDACTED}`],
    [
      'one of two tokens that look alike, where the first is none',
      `eyJhbGciOiJIUzI1NiJ9.short.${JWT}`,
      `eyJhbGciOiJIUzI1NiJ9.short.${REDACTED}`,
    ],
    ['a password inside a URL', 'postgresql://openclaw:hunter2@db:5432/x', `postgresql://openclaw:${REDACTED}@db:5432/x`],
    [
      'a password inside a URL whose scheme is of any kind',
      'mongodb+srv://me:hunter2@db/x git+ssh://:hunter2@h',
      `mongodb+srv://me:${REDACTED}@db/x git+ssh://:${REDACTED}@h`,
    ],
    ['a key in a query string', 'GET /v1?key=abc123&q=x failed', `GET /v1?key=${REDACTED}&q=x failed`],
  ])('invariant 11: takes out %s', (_name, text, expected) => {
    expect(redactor.text(text)).toBe(expected);
  });

  const key = 'sécret/key+with=all?of"it';
  const bytes = (text: string): Buffer => Buffer.from(text);
  it.each([
    ['as it is', key],
    ['percent-encoded', encodeURIComponent(key)],
    ['percent-encoded in small letters', encodeURIComponent(key).toLowerCase()],
    ['percent-encoded wholly', [...bytes(key)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(key))],
    ['in the path of a URL', `https://api.example/v1/${encodeURI(key)}/send`],
    ['in base64', bytes(key).toString('base64')],
    ['in base64url', bytes(key).toString('base64url')],
    ['in base64 behind a name', bytes(`anna:${key}`).toString('base64')],
    ['in base64url between others, one letter on', bytes(`{"a":"${key}","b":1}`).toString('base64url')],
    ['in base64url between others, two letters on', bytes(`{"ab":"${key}","b":1}`).toString('base64url')],
    ['in a text of JSON', JSON.stringify({ sent: key })],
  ])('invariant 11: row 23: takes out a value that it knows %s', (_name, text) => {
    const shown = new Redactor([key]).text(`the provider said: ${text}.`);
    expect(shown).toContain(REDACTED);
    for (const part of ['key', 'with', 'all', encodeURIComponent('/key'), bytes('ret/key+with=al').toString('base64').slice(2, -2)])
      expect(shown).not.toContain(part);
  });

  it.each([
    ['Bearer 12|AbCdEfGhIjKl said', `Bearer ${REDACTED} said`],
    ['authorization=Bearer%20abcdefgh12', `authorization=Bearer%20${REDACTED}`],
    ['sent correct horse|second-half;third to', `sent ${REDACTED} to`],
    ['sk-ant-api03-AbCdEfGhIjKlMnOp|qRsTuV', REDACTED],
    [`GET /bot${BOT_TOKEN.replace(':', '%3A')}/getMe`, `GET /bot${REDACTED}/getMe`],
    ['correct horse; and more', `${REDACTED}; and more`],
  ])('row 23: the mask covers what is joined to a secret: %s', (text, expected) => {
    expect(redactor.text(text)).toBe(expected);
  });

  it('leaves encodings of other texts alone, however long', () => {
    const other = `${bytes('an ordinary text').toString('base64')} 100%25 of %41 ${'%2F'.repeat(5000)}`;
    expect(redactor.text(other)).toBe(other);
  });

  it.each(['a short word', 'bearer of news', 'https://example.com/a?page=2', 'sk-1', 'Meet at 12:30', 'user@example.com', 'max_tokens=5'])(
    'leaves "%s" alone',
    (text) => {
      expect(redactor.text(text)).toBe(text);
    },
  );

  it.each([
    'authorization',
    'Authorization',
    'proxy-authorization',
    'cookie',
    'set-cookie',
    'password',
    'POSTGRES_PASSWORD',
    'passwd',
    'secret',
    'client_secret',
    'token',
    'accessToken',
    'refresh_token',
    'x-auth-token',
    'api_key',
    'apiKey',
    'x-api-key',
    'OPENAI_API_KEY',
    'privateKey',
    'access_key',
    'credentials',
  ])('invariant 11: takes out what is kept under the name "%s", whatever it is', (name) => {
    expect(redactor.value({ [name]: 'anything' })).toEqual({ [name]: REDACTED });
    expect(redactor.value({ outer: [{ [name]: { nested: 'anything' } }] })).toEqual({ outer: [{ [name]: REDACTED }] });
  });

  it.each(['tokens', 'max_tokens', 'input_tokens', 'key', 'secretary', 'author', 'passwords_changed'])(
    '"%s" is no name of a secret',
    (name) => {
      expect(redactor.value({ [name]: 'anything' })).toEqual({ [name]: 'anything' });
    },
  );

  it('shows that a secret is not set, and numbers under such a name', () => {
    expect(redactor.value({ token: '', password: null, secret: undefined, access_token: 5 })).toEqual({
      token: '',
      password: null,
      secret: undefined,
      access_token: 5,
    });
  });

  it('invariant 11: no secret in the message, stack or cause of an error', () => {
    const error = new Error('cannot reach redis://:hunter22@cache with correct horse', { cause: new TypeError('Bearer abcdefgh12345') });
    const text = JSON.stringify(redactor.value({ err: error }));
    for (const secret of ['hunter22', 'correct horse', 'abcdefgh12345']) expect(text).not.toContain(secret);
    expect(redactor.value(error)).toMatchObject({ type: 'Error', cause: { type: 'TypeError', message: `Bearer ${REDACTED}` } });
    expect(text).toContain('redactor.spec');
  });

  it('bounded: what lies deeper than 8 levels is left out, a value that contains itself ends', () => {
    const loop: Record<string, unknown> = { name: 'loop' };
    loop['self'] = loop;
    expect(JSON.stringify(redactor.value(loop))).toContain('…');
  });

  it('knows a name by its end, however long it is', () => {
    const name = `${'x'.repeat(200_000)}_token`;
    expect(redactor.value({ [name]: 'anything' })).toEqual({ [name]: REDACTED });
  });

  it('leaves the value it was given as it was', () => {
    const value = { token: 'abc', list: ['correct horse'] };
    redactor.value(value);
    expect(value).toEqual({ token: 'abc', list: ['correct horse'] });
  });
});
