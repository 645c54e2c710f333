import { describe, expect, it } from '@jest/globals';
import { contentDisposition, fileReply } from './file-headers.js';

const FILE = {
  name: 'a.txt',
  mediaType: 'text/plain',
  size: 10,
  tag: 'abc',
  read: () =>
    (async function* () {
      /* nothing is read here */
    })(),
};

describe('conditional requests', () => {
  it.each([
    ['nothing', {}, 200],
    ['its own tag', { 'if-none-match': '"abc"' }, 304],
    ['its own tag, weakly', { 'if-none-match': 'W/"abc"' }, 304],
    ['its tag among others', { 'if-none-match': '"x", W/"y" ,"abc"' }, 304],
    ['any tag', { 'if-none-match': '*' }, 304],
    ['another tag', { 'if-none-match': '"abd"' }, 200],
    ['a tag without quotes', { 'if-none-match': 'abc' }, 200],
    ['If-Match with its tag', { 'if-match': '"abc"' }, 200],
    ['If-Match with any', { 'if-match': '*' }, 200],
    ['If-Match with another', { 'if-match': '"abd"' }, 409],
    ['If-Match with its tag as a weak one, which never matches', { 'if-match': 'W/"abc"' }, 409],
    ['a range', { range: 'bytes=2-3' }, 206],
    ['a range if its tag is still that', { range: 'bytes=2-3', 'if-range': '"abc"' }, 206],
    ['a range if its tag is another', { range: 'bytes=2-3', 'if-range': '"abd"' }, 200],
    ['a range if its tag is that weakly, which never holds', { range: 'bytes=2-3', 'if-range': 'W/"abc"' }, 200],
    ['a range if it is as old as a date', { range: 'bytes=2-3', 'if-range': 'Mon, 30 Nov 2026 00:00:00 GMT' }, 200],
    ['a range that is not there', { range: 'bytes=10-' }, 416],
    ['a range that is not there, of what is known already', { range: 'bytes=10-', 'if-none-match': '"abc"' }, 304],
  ])('%s', (_what, asked, status) => {
    expect(fileReply(FILE, asked).status).toBe(status);
  });
});

describe('contentDisposition', () => {
  it.each([
    ['notes.txt', 'attachment; filename="notes.txt"'],
    ['a b;c=d,e.txt', 'attachment; filename="a b;c=d,e.txt"'],
    ['say "hi".txt', `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`],
    ['100%.txt', `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
    ["it's (1)*!é.txt", `attachment; filename="it's (1)*!e.txt"; filename*=UTF-8''it%27s%20%281%29%2A%21%C3%A9.txt`],
    ['файл 🐈.pdf', `attachment; filename="____ _.pdf"; filename*=UTF-8''%D1%84%D0%B0%D0%B9%D0%BB%20%F0%9F%90%88.pdf`],
    ['a\r\nSet-Cookie: x', `attachment; filename="a__Set-Cookie: x"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x`],
    ['\ud800', `attachment; filename="_"; filename*=UTF-8''%EF%BF%BD`],
  ])('%j', (name, header) => {
    expect(contentDisposition(name)).toBe(header);
  });
});
