import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ATTACHMENT_BYTES_MAX, attachmentSchema, readAttachments } from './attachment.schema.js';
import { toIssues, type Issue } from './error.schema.js';
import { messageFrameSchema } from './frame.schema.js';
import { METADATA_BYTES_MAX, sendMessageSchema } from './message.schema.js';

const PNG = 'data:image/png;base64,iVBORw0KGgo=';

function issuesOf(attachments: unknown, rest: Record<string, unknown> = {}): Issue[] {
  const parsed = sendMessageSchema.safeParse({ channel: 'api', message: 'look', metadata: { ...rest, attachments } });
  return parsed.success ? [] : toIssues(parsed.error);
}

describe('what may be attached', () => {
  it.each([
    { url: PNG },
    { name: 'cat.png', media_type: 'image/png', url: PNG },
    { name: 'Ærlig talt 🐈.pdf', url: 'https://example.com/a.pdf?x=1' },
    { name: 'notes.md', text: '# Notes' },
    { text: '' },
    { file_id: 'file_01h2xcejqtf2nbrexx3vqjhp41' },
    { file_id: 'file_01h2xcejqtf2nbrexx3vqjhp41', name: 'as I call it.txt' },
    { url: 'data:;base64,aGk=' },
    { url: 'data:text/plain;charset=utf-8;base64,aGk' },
    { url: 'DATA:Text/Markdown;BASE64,aGk=' },
    { url: 'data:text/plain;base64,' },
    { url: 'data:image/jpg;base64,/9j/' },
    { url: 'https://example.com/a', media_type: 'application/json; charset=utf-8' },
  ])('%j', (attachment) => {
    expect(issuesOf([attachment])).toEqual([]);
  });

  it('holds over the WebSocket too', () => {
    const frame = { type: 'message', content: 'look', metadata: { attachments: [{ url: 'ftp://example.com/a' }] } };
    const parsed = messageFrameSchema.safeParse(frame);
    expect(parsed.error && toIssues(parsed.error).map(({ path }) => path)).toEqual(['metadata.attachments.0.url']);
  });
});

describe('400: the issue names the field', () => {
  it.each([
    ['url', { url: 'http://example.com/a' }, 'must be an https:// or a data: URL'],
    ['url', { url: '/etc/passwd' }, 'must be an https:// or a data: URL'],
    ['url', { url: 'https://a:b@example.com/' }, 'must not hold a user name or password'],
    ['url', { url: `https://example.com/${'a'.repeat(2048)}` }, 'must be at most 2048 characters'],
    ['url', { url: 'data:text/plain,hi' }, 'must be base64: data:<type>;base64,<data>'],
    ['url', { url: 'data:text/plain;base64' }, 'must be data:<type>;base64,<data>'],
    ['url', { url: 'data:nonsense;base64,aGk=' }, 'names no valid media type'],
    ['url', { url: 'data:text/plain;base64,aGk=!' }, 'holds data that is not base64'],
    ['url', { url: 'data:text/plain;base64,a' }, 'holds data that is not base64'],
    ['url', { url: 'data:text/plain;base64,aGk==' }, 'holds data that is not base64'],
    ['url', { url: 'data:text/plain;base64,aG k=' }, 'holds data that is not base64'],
    ['url', { url: 'data:video/mp4;base64,aGk=' }, expect.stringMatching(/^video\/mp4 cannot be attached; /)],
    ['url', { url: 'data:image/svg+xml;base64,aGk=' }, expect.stringMatching(/^image\/svg\+xml cannot be attached; /)],
    [
      'url',
      { url: `data:text/plain;base64,${'A'.repeat(Math.ceil(((ATTACHMENT_BYTES_MAX + 3) * 4) / 3))}` },
      'must hold at most 10485760 bytes',
    ],
    ['url', {}, 'must be given, or text or file_id instead of it'],
    ['url', { url: 7 }, expect.any(String)],
    ['text', { url: PNG, text: 'both' }, 'cannot stand beside url'],
    ['file_id', { file_id: 'msg_01h2xcejqtf2nbrexx3vqjhp41' }, 'must be an id that starts with file_'],
    ['file_id', { url: PNG, file_id: 'file_01h2xcejqtf2nbrexx3vqjhp41' }, 'cannot stand beside url'],
    ['media_type', { file_id: 'file_01h2xcejqtf2nbrexx3vqjhp41', media_type: 'image/png' }, 'cannot stand beside file_id'],
    ['text', { text: 'x'.repeat(ATTACHMENT_BYTES_MAX + 1) }, 'must be at most 10485760 bytes'],
    ['media_type', { text: 'hi', media_type: 'text/plain' }, 'cannot stand beside text'],
    ['media_type', { url: PNG, media_type: 'png' }, 'must be a media type such as image/png'],
    ['media_type', { url: PNG, media_type: 'application/zip' }, expect.stringMatching(/^application\/zip cannot be attached; /)],
    ['name', { text: '', name: '../etc/passwd' }, 'must hold no path separators and no control characters'],
    ['name', { text: '', name: 'a\\b' }, 'must hold no path separators and no control characters'],
    ['name', { text: '', name: 'a\nb' }, 'must hold no path separators and no control characters'],
    ['name', { text: '', name: 'x'.repeat(256) }, expect.any(String)],
    ['name', { text: '', name: '' }, expect.any(String)],
    ['file', { text: '', file: 'a' }, 'is not a known field'],
  ])('%s', (field, attachment, message) => {
    expect(issuesOf([{ text: 'good' }, attachment])).toEqual([{ path: `metadata.attachments.1.${field}`, message }]);
  });

  it('at most eight', () => {
    expect(issuesOf(Array.from({ length: 8 }, () => ({ text: 'x' })))).toEqual([]);
    expect(issuesOf(Array.from({ length: 9 }, () => ({ text: 'x' }))).map(({ path }) => path)).toEqual(['metadata.attachments']);
  });

  it('a list', () => {
    expect(issuesOf('cat.png').map(({ path }) => path)).toEqual(['metadata.attachments']);
  });
});

describe('the limit on metadata', () => {
  it('does not count attachments', () => {
    expect(issuesOf([{ text: 'x'.repeat(METADATA_BYTES_MAX * 2) }], { user_id: '7' })).toEqual([]);
  });

  it('counts everything else', () => {
    const note = 'x'.repeat(METADATA_BYTES_MAX);
    expect(issuesOf([], { note })).toEqual([{ path: 'metadata', message: 'must be at most 16384 bytes of JSON, attachments apart' }]);
  });
});

describe('readAttachments', () => {
  it('gives what is well formed in stored metadata and leaves out the rest', () => {
    const attachments = [{ url: PNG }, { url: 'ftp://x' }, 'cat.png', null, { name: 'a', text: 'b' }];
    expect(readAttachments({ attachments })).toEqual([{ url: PNG }, { name: 'a', text: 'b' }]);
  });

  it.each([{}, { attachments: null }, { attachments: 'x' }, { attachments: {} }])('gives none for %j', (metadata) => {
    expect(readAttachments(metadata)).toEqual([]);
  });
});

it('the JSON Schema says that an attachment has a url, a text or the id of a file', () => {
  const schema = {
    type: 'object',
    additionalProperties: false,
    oneOf: [{ required: ['url'] }, { required: ['text'] }, { required: ['file_id'] }],
  };
  expect(z.toJSONSchema(attachmentSchema, { io: 'input' })).toMatchObject({ $defs: { Attachment: schema } });
});
