import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FileRecord, fileSchema } from '@openclaw/files';
import { newId, type Principal } from '@openclaw/words';
import { conversation, expectError, expectStatus, issuePaths, post, statusOf } from '../support/api.js';
import { admitAs } from '../support/admit-as.js';
import { DirectedModel } from '../support/directed-model.js';
import { BOUNDARY, fieldPart, filePart, formOf } from '../support/multipart.js';
import { parseResponse, rawExchange, rawRequest, rawSocket } from '../support/raw-http.js';
import { readEvents } from '../support/read-events.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const FILES = '/api/v1/files';
const FILE_BYTES_MAX = 1_000_000;
const PERSON_BYTES_MAX = 3_000_000;
const STALL_MS = 1000;
const FORM = `multipart/form-data; boundary=${BOUNDARY}`;
const PNG = Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex');
const PDF = Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1');
const ANNA: Principal = { tokenId: 'tok_anna', scopes: ['read', 'message'], person: 'anna' };
const READER: Principal = { tokenId: 'tok_reader', scopes: ['read'], person: 'reader' };
const TOKENS = { 'token-of-anna-0001': ANNA, 'token-of-reader-01': READER };
const as = (token: string): { headers: { authorization: string } } => ({ headers: { authorization: `Bearer ${token}` } });

describe('files', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new DirectedModel();

  beforeAll(async () => {
    system = await createTestSystem({
      OPENCLAW_GATEWAY__LIMITS__FILE_BYTES: String(FILE_BYTES_MAX),
      OPENCLAW_GATEWAY__LIMITS__PERSON_FILE_BYTES: String(PERSON_BYTES_MAX),
      OPENCLAW_GATEWAY__LIMITS__REQUEST_TIMEOUT_MS: String(STALL_MS),
    });
    gateway = await system.startGateway();
    await system.startWorker(model);
    admitAs(gateway, TOKENS);
  });
  afterAll(() => system.close());

  /** Each test a person of its own, so that what they keep does not add up. */
  let persons = 0;
  const somebody = (): string => `person-${String((persons += 1))}`;

  async function send(
    body: Buffer | string | undefined,
    { type, query = '', headers = {} }: { type?: string; query?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const person = /person=/.test(query) ? '' : `person=${somebody()}`;
    return gateway.request(`${FILES}?${[query, person].filter(Boolean).join('&')}`, {
      method: 'POST',
      headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    });
  }
  async function sent(...request: Parameters<typeof send>): Promise<FileRecord> {
    return fileSchema.strict().parse(await expectStatus(await send(...request), 201));
  }
  const sendForm = (...form: Parameters<typeof formOf>): Promise<Response> => send(formOf(...form), { type: FORM });
  const content = (id: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    gateway.request(`${FILES}/${id}/content`, { method, headers });
  const bytesOf = async (id: string): Promise<Buffer> => Buffer.from(await (await content(id)).arrayBuffer());
  const rows = async (): Promise<number> =>
    Number((await system.services.sql<{ count: string }>('SELECT count(*) FROM files WHERE sha256 IS NULL'))[0]?.count);

  describe('POST /files', () => {
    it('201: a raw body is kept byte for byte, whatever its size, with what it is', async () => {
      const body = Buffer.concat([PNG, randomBytes(700_000)]);
      const response = await send(body, { type: 'image/png', query: 'name=dot.png&person=somebody' });
      const record = fileSchema.strict().parse(await expectStatus(response, 201));
      const sha256 = createHash('sha256').update(body).digest('hex');
      expect(record).toMatchObject({ name: 'dot.png', media_type: 'image/png', size: body.length, sha256, person: 'somebody' });
      expect(response.headers.get('location')).toBe(`${FILES}/${record.id}`);
      expect(Date.parse(record.expires_at ?? '') - Date.parse(record.created_at)).toBe(86_400_000);
      expect(await expectStatus(await gateway.request(`${FILES}/${record.id}`), 200)).toEqual(record);
      expect((await bytesOf(record.id)).equals(body)).toBe(true);
    });

    it.each([
      ['a picture', PNG, 'image/png', 'image/png', 'file.png'],
      ['a picture that says nothing', PNG, undefined, 'image/png', 'file.png'],
      ['a picture that says it is text', PNG, 'text/plain', 'image/png', 'file.png'],
      ['a PDF that says it is a picture', PDF, 'image/png', 'application/pdf', 'file.pdf'],
      ['HTML that says it is a picture', '<script>alert(1)</script>', 'image/png', 'text/plain', 'file.txt'],
      ['HTML', '<p>hi', 'text/html; charset=utf-8', 'text/html', 'file.txt'],
      ['SVG, which is text to us', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml', 'text/plain', 'file.txt'],
      ['JSON', '{"a":1}', 'application/json', 'application/json', 'file.json'],
      ['JSON that says nothing of itself', '{"a":1}', 'application/x-www-form-urlencoded', 'text/plain', 'file.txt'],
      ['an archive', Buffer.from('504b0506000000000000000000000000000000000000', 'hex'), 'text/plain', 'application/zip', 'file.zip'],
      ['bytes that nobody knows', Buffer.from('00010203fffefdfc', 'hex'), 'text/plain', 'application/octet-stream', 'file'],
      [
        'text of another character set',
        Buffer.from('na\xefve caf\xe9', 'latin1'),
        'text/plain; charset=iso-8859-1',
        'text/plain',
        'file.txt',
      ],
    ])('201: the bytes decide what it is: %s', async (...[, body, type, mediaType, name]) => {
      expect(await sent(body, type === undefined ? {} : { type })).toMatchObject({ media_type: mediaType, name });
    });

    it('201: nothing at all is a file of 0 bytes, raw and in a form', async () => {
      for (const record of [
        await sent(''),
        await sent(undefined),
        fileSchema.parse(await expectStatus(await sendForm([filePart('empty.txt', '')]), 201)),
      ]) {
        expect(record).toMatchObject({ size: 0, media_type: 'text/plain', sha256: createHash('sha256').digest('hex') });
        const whole = await content(record.id);
        expect([whole.status, whole.headers.get('content-length'), await whole.text()]).toEqual([200, '0', '']);
        expect((await content(record.id, { range: 'bytes=0-' })).status).toBe(200);
      }
    });

    it('201: chunks without a length', async () => {
      const body = randomBytes(300_001);
      const chunks = Array.from({ length: 30 }, (_, index) => body.subarray(index * 10_001, (index + 1) * 10_001));
      const stream = new ReadableStream({
        start: (controller) => {
          for (const chunk of chunks) controller.enqueue(new Uint8Array(chunk));
          controller.close();
        },
      });
      const response = await gateway.request(`${FILES}?person=${somebody()}`, { method: 'POST', body: stream, duplex: 'half' });
      const { id, size } = fileSchema.parse(await expectStatus(response, 201));
      expect(size).toBe(body.length);
      expect((await bytesOf(id)).equals(body)).toBe(true);
    });

    it('201: exactly as large as it may be; 413: one byte more, declared or not, raw or in a form, and nothing is left', async () => {
      expect(await sent(Buffer.alloc(FILE_BYTES_MAX, 'a'))).toMatchObject({ size: FILE_BYTES_MAX });
      const large = Buffer.alloc(FILE_BYTES_MAX + 1, 'a');
      expect(await expectError(await send(large), 'payload_too_large')).toMatchObject({ details: { limit: FILE_BYTES_MAX } });
      await expectError(await sendForm([filePart('a.txt', large)]), 'payload_too_large');
      const chunked = await rawRequest(gateway.url, {
        method: 'POST',
        path: `${FILES}?person=${somebody()}`,
        headers: { 'transfer-encoding': 'chunked' },
        body: large,
      });
      await expectError(chunked, 'payload_too_large');
      expect(await rows()).toBe(0);
    });

    it('413: what is declared too large is refused before a byte of it is sent, and 100 Continue is never said', async () => {
      const head = `POST ${FILES} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nExpect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n`;
      await expectError(await rawExchange(gateway.url, head), 'payload_too_large');
    });

    it('Expect: 100-continue is answered once the file is to be read, here and where a body is JSON', async () => {
      for (const [path, type, body] of [
        [`${FILES}?person=${somebody()}`, 'text/plain', 'hello'],
        ['/api/v1/memory/search', 'application/json', '{"query":"x"}'],
      ] as const) {
        const socket = await rawSocket(gateway.url);
        socket.write(
          `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${String(body.length)}\r\n\r\n`,
        );
        const [first] = (await once(socket, 'data')) as [Buffer]; // the socket's own event
        expect(first.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
        socket.write(body);
        expect(parseResponse(await text(socket)).status).toBeLessThan(300);
      }
    });

    it('400: a name that is a path, or holds what no name holds, and fields that nobody knows', async () => {
      for (const name of ['../../x', 'a/b', 'a\\b', 'a\0b', 'a\nb', 'x'.repeat(256), '']) {
        expect(issuePaths(await expectError(await send('hi', { query: `name=${encodeURIComponent(name)}` }), 'bad_request'))[0]).toMatch(
          /^(name|query|)/,
        );
      }
      expect(issuePaths(await expectError(await send('hi', { query: 'nmae=a.txt' }), 'bad_request'))).toEqual(['nmae']);
      await expectError(await send('hi', { headers: { 'idempotency-key': 'with space' } }), 'bad_request');
    });

    it('401, 403 (scope, another person), 415 (packed, a type that is none): refused before the file is read', async () => {
      await expectError(await send('hi', { headers: { authorization: 'Bearer wrong-token-0000000' } }), 'unauthorized');
      await expectError(await send('hi', as('token-of-reader-01')), 'forbidden');
      await expectError(await send('hi', { query: 'person=ben', ...as('token-of-anna-0001') }), 'forbidden');
      await expectError(await send('hi', { headers: { 'content-encoding': 'gzip' } }), 'unsupported_media_type');
      await expectError(await send('hi', { type: 'nonsense' }), 'unsupported_media_type');
      expect(await rows()).toBe(0);
    });

    it('201: an admin keeps it for another person, who then has it', async () => {
      const { id } = await sent('hi', { query: 'person=anna' });
      expect(await expectStatus(await gateway.request(`${FILES}/${id}`, as('token-of-anna-0001')), 200)).toMatchObject({ person: 'anna' });
    });
  });

  describe('a form', () => {
    it.each([
      ['a plain name', 'notes.txt', 'notes.txt'],
      ['a path of Unix', '../../etc/passwd', 'passwd'],
      ['a path of Windows', 'C:\\\\Users\\\\vera\\\\notes.txt', 'notes.txt'],
      ['UTF-8', 'файл 🐈.txt', 'файл 🐈.txt'],
      ['NUL and other controls', 'a\u0000b\u0007.txt', 'ab.txt'],
      ['what turns the direction', 'a\u202etxt.exe', 'atxt.exe'],
      ['quotation marks', 'say \\"hi\\".txt', 'say "hi".txt'],
      ['nothing but dots', '..', 'file.txt'],
      ['nothing', '', 'file.txt'],
      ['too much', `${'x'.repeat(300)}.tar.gz`, `${'x'.repeat(252)}.gz`],
    ])('201: its part’s file name without what no name holds: %s', async (_what, filename, name) => {
      expect(await expectStatus(await sendForm([filePart(filename, 'hi')]), 201)).toMatchObject({ name, size: 2 });
    });

    it('201: a part without a file name, and one that RFC 8187 names', async () => {
      expect(await expectStatus(await sendForm([fieldPart('file', 'just text')]), 201)).toMatchObject({ name: 'file.txt', size: 9 });
      const extended = {
        headers: [`Content-Disposition: form-data; name="file"; filename*=UTF-8''%D1%84.txt`, 'Content-Type: text/plain'],
        body: 'hi',
      };
      expect(await expectStatus(await sendForm([extended]), 201)).toMatchObject({ name: 'ф.txt' });
    });

    it('201: a field "name" goes over the part’s, before the file and after it; the query goes over both', async () => {
      expect(await expectStatus(await sendForm([fieldPart('name', 'mine.txt'), filePart('its.txt', 'hi')]), 201)).toMatchObject({
        name: 'mine.txt',
      });
      expect(await expectStatus(await sendForm([filePart('its.txt', 'hi'), fieldPart('name', 'mine.txt')]), 201)).toMatchObject({
        name: 'mine.txt',
      });
    });

    it('201: bytes that look like the delimiter, line ends and an epilogue are nobody’s end', async () => {
      const body = Buffer.concat([randomBytes(200_000), Buffer.from(`\r\n--${BOUNDARY.slice(0, -1)}\r\n--\r\n\r\n`), randomBytes(200_000)]);
      const { id, size } = fileSchema.parse(
        await expectStatus(await sendForm([filePart('a.bin', body)], `\r\n--${BOUNDARY}--\r\nand more\r\n`), 201),
      );
      expect(size).toBe(body.length);
      expect((await bytesOf(id)).equals(body)).toBe(true);
    });

    it.each([
      ['no boundary', 'multipart/form-data', formOf([filePart('a', 'hi')])],
      ['another boundary', 'multipart/form-data; boundary=other', formOf([filePart('a', 'hi')])],
      ['a boundary of 300 characters', `multipart/form-data; boundary=${'x'.repeat(300)}`, formOf([filePart('a', 'hi')])],
      ['nothing in it', FORM, Buffer.from(`--${BOUNDARY}--\r\n`)],
      ['no bytes at all', FORM, Buffer.from('')],
      ['no end', FORM, formOf([filePart('a', 'hi')], '')],
      ['half a header', FORM, Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-da`)],
      ['no file', FORM, formOf([fieldPart('name', 'a.txt')])],
      ['two files', FORM, formOf([filePart('a', 'hi'), filePart('b', 'ho')])],
      ['a file of another name', FORM, formOf([filePart('a', 'hi', 'text/plain', 'upload')])],
      ['a field that nobody knows', FORM, formOf([filePart('a', 'hi'), fieldPart('purpose', 'assistants')])],
      ['a field "name" that is a path', FORM, formOf([filePart('a', 'hi'), fieldPart('name', '../x')])],
      ['a field of 10 KB', FORM, formOf([fieldPart('name', 'x'.repeat(10_000)), filePart('a', 'hi')])],
      ['a hundred fields', FORM, formOf([...Array.from({ length: 100 }, () => fieldPart('name', 'x')), filePart('a', 'hi')])],
      ['a header of 100 KB', FORM, formOf([{ headers: [`X-Large: ${'x'.repeat(50_000)}`], body: 'hi' }])],
    ])('400: %s, and nothing is left', async (_what, type, body) => {
      await expectError(await send(body, { type }), 'bad_request');
      expect(await rows()).toBe(0);
    });
  });

  describe('a client that does not go on', () => {
    const head = (headers: string): string =>
      `POST ${FILES}?person=${somebody()} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n${headers}\r\n\r\n`;

    it('that hangs up in the middle leaves nothing behind, raw and in a form', async () => {
      for (const [headers, body] of [
        ['Content-Length: 500000', randomBytes(300_000)],
        [
          `Content-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: 500000`,
          formOf([filePart('a', randomBytes(300_000))], ''),
        ],
        ['Transfer-Encoding: chunked', Buffer.from(`493e0\r\n${'x'.repeat(200_000)}`)],
      ] as const) {
        const socket = await rawSocket(gateway.url);
        socket.write(head(headers));
        socket.write(body);
        await until('it has begun', async () => (await rows()) === 1);
        socket.resetAndDestroy();
        await until('nothing is left', async () => (await rows()) === 0);
      }
      expect(
        await system.services.sql(
          'SELECT FROM file_pieces p WHERE NOT EXISTS (SELECT FROM files f WHERE f.id = p.file_id AND f.sha256 IS NOT NULL)',
        ),
      ).toEqual([]);
    });

    it('408: one that stands still is let go of, and others are served meanwhile', async () => {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => rawSocket(gateway.url)));
      const answers = sockets.map(async (socket) => {
        socket.write(head('Content-Length: 500000'));
        socket.write(randomBytes(1000));
        return parseResponse(await text(socket));
      });
      expect(await sent('meanwhile')).toMatchObject({ size: 9 });
      expect((await post(gateway, { message: 'hello' })).status).toBe(200);
      for (const answer of await Promise.all(answers)) await expectError(answer, 'timeout');
      expect(await rows()).toBe(0);
    });

    it('201: one that is slow, but goes on, may take longer than a request', async () => {
      const socket = await rawSocket(gateway.url);
      const received = text(socket);
      socket.write(head('Connection: close\r\nTransfer-Encoding: chunked'));
      const startedAt = performance.now();
      await until('it has taken longer', () => {
        socket.write('1\r\na\r\n');
        return performance.now() - startedAt > 2 * STALL_MS;
      });
      socket.write('0\r\n\r\n');
      expect(parseResponse(await received).status).toBe(201);
    });

    it('a length that is too short, with what follows being no request, leaves no more than it says; one that is too long is never whole', async () => {
      const person = somebody();
      const short = await rawExchange(
        gateway.url,
        `POST ${FILES}?person=${person} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nContent-Length: 5\r\n\r\nhello, world`,
      );
      await expectError(short, 'bad_request');
      await until('it is over', async () => (await rows()) === 0);
      expect((await system.services.sql(`SELECT size FROM files WHERE person = '${person}' AND size <> 5`)).length).toBe(0);
      const long = await rawExchange(
        gateway.url,
        `POST ${FILES}?person=${person} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nContent-Length: 50\r\n\r\nhello, world`,
      );
      await expectError(long, 'timeout');
      expect(await rows()).toBe(0);
    });
  });

  describe('what a person may keep', () => {
    it('403: the bytes of all files of one person are bounded, whatever is declared, and those of others are their own', async () => {
      const query = `person=${somebody()}`;
      for (let count = 0; count < 3; count += 1) await sent(Buffer.alloc(900_000, 'a'), { query });
      expect(await expectError(await send(Buffer.alloc(900_000, 'a'), { query }), 'forbidden')).toMatchObject({
        details: { limit: PERSON_BYTES_MAX, used: 2_700_000 },
      });
      const chunked = await rawRequest(gateway.url, {
        method: 'POST',
        path: `${FILES}?${query}`,
        headers: { 'transfer-encoding': 'chunked' },
        body: Buffer.alloc(900_000, 'a'),
      });
      await expectError(chunked, 'forbidden');
      await sent(Buffer.alloc(250_000, 'a'), { query });
      await sent(Buffer.alloc(900_000, 'a'));
      expect(await rows()).toBe(0);
    });

    it('of many at once no more are kept than there is room for', async () => {
      const query = `person=${somebody()}`;
      const responses = await Promise.all(Array.from({ length: 8 }, () => send(Buffer.alloc(900_000, 'a'), { query })));
      expect(responses.map(({ status }) => status).sort()).toEqual([201, 201, 201, 403, 403, 403, 403, 403]);
    });

    it('and so is their number: a small file counts 4 KiB', async () => {
      const [made] = await system.services.sql<{ count: string }>(
        `WITH made AS (INSERT INTO files (id, person, size, sha256) SELECT gen_random_uuid(), 'collector', 1, '' FROM generate_series(1, ${String(Math.floor(PERSON_BYTES_MAX / 4096))}) RETURNING 1) SELECT count(*) FROM made`,
      );
      expect(Number(made?.count)).toBe(732);
      await expectError(await send('x', { query: 'person=collector' }), 'forbidden');
    });
  });

  describe('Idempotency-Key', () => {
    it('the same file with the same key is kept once; another is 409', async () => {
      const headers = { 'idempotency-key': newId('msg') };
      const query = `person=${somebody()}&name=a.txt`;
      const first = await sent('hello', { query, headers });
      const again = await send('hello', { query, headers });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(await expectStatus(again, 201)).toEqual(first);
      expect(await expectError(await send('world', { query, headers }), 'conflict')).toMatchObject({ details: { id: first.id } });
      await expectError(await send('hello', { query: query.replace('a.txt', 'b.txt'), headers }), 'conflict');
      expect(await rows()).toBe(0);
    });

    it('of many at once one is kept', async () => {
      const init = { query: `person=${somebody()}`, headers: { 'idempotency-key': newId('msg') } };
      const records = await Promise.all(Array.from({ length: 5 }, () => sent('hello', init)));
      expect(new Set(records.map(({ id }) => id)).size).toBe(1);
    });
  });

  describe('GET /files/:id/content', () => {
    let record: FileRecord;
    const body = randomBytes(400_000);
    beforeAll(async () => {
      record = await sent(body, { query: 'name=данные.bin' });
    });

    it('200: as an attachment under its name that nothing runs in, and HEAD says the same without it', async () => {
      for (const method of ['GET', 'HEAD']) {
        const response = await content(record.id, {}, method);
        expect(response.status).toBe(200);
        expect(Object.fromEntries(response.headers)).toMatchObject({
          'content-type': 'application/octet-stream',
          'content-length': '400000',
          'content-disposition': `attachment; filename="______.bin"; filename*=UTF-8''%D0%B4%D0%B0%D0%BD%D0%BD%D1%8B%D0%B5.bin`,
          'x-content-type-options': 'nosniff',
          'content-security-policy': "sandbox; default-src 'none'",
          'cross-origin-resource-policy': 'same-origin',
          'accept-ranges': 'bytes',
          'cache-control': 'private, no-cache',
          etag: `"${record.sha256}"`,
        });
        expect(response.headers.get('x-request-id')).not.toBeNull();
        expect((await response.arrayBuffer()).byteLength).toBe(method === 'GET' ? 400_000 : 0);
      }
    });

    it('200: a page that somebody sent can run in nobody’s browser', async () => {
      const { id } = await sent('<script>fetch("/api/v1/conversations")</script>', { type: 'text/html' });
      const { headers } = await content(id);
      expect(headers.get('content-type')).toBe('text/html');
      expect(headers.get('content-disposition')).toMatch(/^attachment;/);
      expect(headers.get('content-security-policy')).toMatch(/^sandbox;/);
    });

    it.each([
      ['bytes=0-0', 0, 1],
      ['bytes=131071-131072', 131_071, 131_073],
      ['bytes=100-399999', 100, 400_000],
      ['bytes=100-999999999', 100, 400_000],
      ['bytes=-7', 399_993, 400_000],
      ['bytes=-999999999', 0, 400_000],
      ['bytes=262144-', 262_144, 400_000],
    ])('206: %s', async (range, from, to) => {
      const response = await content(record.id, { range });
      expect(response.status).toBe(206);
      expect(response.headers.get('content-range')).toBe(`bytes ${String(from)}-${String(to - 1)}/400000`);
      expect(response.headers.get('content-length')).toBe(String(to - from));
      expect(Buffer.from(await response.arrayBuffer()).equals(body.subarray(from, to))).toBe(true);
    });

    it.each(['bytes=0-1,5-6', 'bytes=5-4', 'bytes=x-y', 'lines=0-1', 'bytes'])(
      '200: the whole where the range is several, malformed or of another unit: %s',
      async (range) => {
        const response = await content(record.id, { range });
        expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 400_000]);
      },
    );

    it.each(['bytes=400000-', 'bytes=400000-400001', 'bytes=-0'])('416: %s', async (range) => {
      const response = await content(record.id, { range });
      expect(response.headers.get('content-range')).toBe('bytes */400000');
      expect(await expectError(response, 'range_not_satisfiable')).toMatchObject({ details: { size: 400_000 } });
    });

    it('304 for who has it already; If-Range gives the part or the whole; 409 where If-Match names another', async () => {
      const tag = `"${record.sha256}"`;
      const known = await content(record.id, { 'if-none-match': `W/"x", ${tag}` });
      expect([known.status, known.headers.get('etag'), await known.text()]).toEqual([304, tag, '']);
      expect((await content(record.id, { 'if-none-match': `W/${tag}` }, 'HEAD')).status).toBe(304);
      expect((await content(record.id, { range: 'bytes=0-0', 'if-range': tag })).status).toBe(206);
      expect((await content(record.id, { range: 'bytes=0-0', 'if-range': '"old"' })).status).toBe(200);
      expect((await content(record.id, { range: 'bytes=0-0', 'if-range': `W/${tag}` })).status).toBe(200);
      await expectError(await content(record.id, { 'if-match': '"old"' }), 'conflict');
    });

    it('404: unknown, half arrived, or too old; 400: no id', async () => {
      await expectError(await content(newId('file')), 'not_found');
      await expectError(await content('file_x'), 'bad_request');
      const old = await sent('old');
      await system.services.sql(`UPDATE files SET expires_at = now() WHERE sha256 = '\\x${old.sha256}'`);
      for (const path of [old.id, `${old.id}/content`]) await expectError(await gateway.request(`${FILES}/${path}`), 'not_found');
    });

    it('a reader that stands still costs nobody else anything', async () => {
      const socket = await rawSocket(gateway.url);
      socket.pause();
      socket.write(`GET ${FILES}/${record.id}/content HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n\r\n`);
      expect((await bytesOf(record.id)).equals(body)).toBe(true);
      socket.resetAndDestroy();
      expect((await bytesOf(record.id)).equals(body)).toBe(true);
    });
  });

  describe('in a message', () => {
    const attach = (person: string, attachments: object[], fields: object = {}): Promise<Response> =>
      post(gateway, { message: 'read it', person, metadata: { attachments }, ...fields });

    it('200: the agent reads it, the conversation names it, and it stays as long as that', async () => {
      const person = somebody();
      const { id } = await sent('The code word is ZEBRA-42.', { type: 'text/plain', query: `person=${person}&name=notes.txt` });
      // the route's own
      const { conversation_id } = (await expectStatus(await attach(person, [{ file_id: id }]), 200)) as { conversation_id: string };
      const { messages } = await conversation(gateway, conversation_id);
      expect(messages[0]?.metadata).toEqual({ attachments: [{ file_id: id, name: 'notes.txt' }] });
      expect(await system.services.sql("SELECT kind, name, text FROM attachments WHERE name = 'notes.txt'")).toEqual([
        { kind: 'text', name: 'notes.txt', text: 'The code word is ZEBRA-42.' },
      ]);
      expect(await expectStatus(await gateway.request(`${FILES}/${id}`), 200)).toMatchObject({ expires_at: null });
      expect((await gateway.request(`/api/v1/conversations/${conversation_id}`, { method: 'DELETE' })).status).toBe(204);
      for (const path of [id, `${id}/content`]) await expectError(await gateway.request(`${FILES}/${path}`), 'not_found');
    });

    it('200: twice in a message, again in another conversation, under another name; it goes with the last of them', async () => {
      const person = somebody();
      const { id } = await sent('hello', { query: `person=${person}` });
      const first = (await expectStatus(await attach(person, [{ file_id: id }, { file_id: id, name: 'again.txt' }]), 200)) as {
        conversation_id: string;
      }; // as above
      const second = (await expectStatus(await attach(person, [{ file_id: id }]), 200)) as { conversation_id: string };
      await expectStatus(await attach(person, [{ file_id: id }], { conversation_id: second.conversation_id }), 200);
      const drop = async ({ conversation_id }: { conversation_id: string }): Promise<void> => {
        expect((await gateway.request(`/api/v1/conversations/${conversation_id}`, { method: 'DELETE' })).status).toBe(204);
      };
      await drop(first);
      expect((await bytesOf(id)).toString()).toBe('hello');
      await drop(second);
      await expectError(await content(id), 'not_found');
    });

    it('404: another person’s file, one that is gone, and one that never was are all missing, and nothing is accepted', async () => {
      const { id } = await sent('hello', { query: 'person=ben' });
      const gone = await sent('gone', { query: 'person=anna' });
      await system.services.sql(`UPDATE files SET expires_at = now() WHERE sha256 = '\\x${gone.sha256}'`);
      for (const file_id of [id, gone.id, newId('file')]) {
        const body = await expectError(await attach('anna', [{ text: 'x' }, { file_id }]), 'not_found');
        expect(issuePaths(body)).toEqual(['metadata.attachments.1.file_id']);
      }
      const asAnna = await post(gateway, { message: 'mine?', metadata: { attachments: [{ file_id: id }] } }, as('token-of-anna-0001'));
      await expectError(asAnna, 'not_found');
      expect(await expectStatus(await gateway.request('/api/v1/conversations?person=anna'), 200)).toMatchObject({ total: 0 });
    });

    it('404: an admin does not bring a file of one person into a conversation of another', async () => {
      const { id } = await sent('hello', { query: 'person=owner' });
      const { conversation_id } = (await expectStatus(await post(gateway, { message: 'hi', person: 'ben' }), 200)) as {
        conversation_id: string;
      }; // as above
      await expectError(await post(gateway, { message: 'hi', conversation_id, metadata: { attachments: [{ file_id: id }] } }), 'not_found');
      expect((await conversation(gateway, conversation_id)).message_count).toBe(2);
    });

    it('400: a type that no agent reads, named where it stands', async () => {
      const person = somebody();
      const { id } = await sent(Buffer.from('504b0506000000000000000000000000000000000000', 'hex'), { query: `person=${person}` });
      const body = await expectError(await attach(person, [{ file_id: id }]), 'bad_request');
      expect(issuePaths(body)).toEqual(['metadata.attachments.0.file_id']);
      expect(body.message).toContain('application/zip cannot be attached');
    });

    it('interrupting with a file, and sending it again under a key, name it once each', async () => {
      const person = somebody();
      const { id } = await sent('hello', { query: `person=${person}` });
      // as above
      const { conversation_id } = (await expectStatus(await attach(person, [{ file_id: id }]), 200)) as { conversation_id: string };
      await expectStatus(await attach(person, [{ file_id: id }], { conversation_id, on_busy: 'interrupt' }), 200);
      const headers = { 'idempotency-key': newId('msg') };
      const body = { message: 'once', person, metadata: { attachments: [{ file_id: id }] } };
      const once = await expectStatus(await post(gateway, body, { headers }), 200);
      expect(await expectStatus(await post(gateway, body, { headers }), 200)).toEqual(once);
    });
  });

  describe('in a reply', () => {
    interface Made {
      readonly id: string;
      readonly conversation_id: string;
      readonly attachments?: readonly { readonly id: string }[];
    }
    const make = (name: string, content: string): { call: string; arguments: object } => ({
      call: 'make_file',
      arguments: { name, content },
    });

    it('what the agent makes is told as it is made, stands in reply, status and conversation, and is its person’s until that is deleted', async () => {
      model.on('make two', [make('план.md', '# Plan\n'), make('table.csv', 'a,b\n1,2\n')], ['Here they are.']);
      const reply = (await expectStatus(await post(gateway, { message: 'make two', person: 'anna' }), 200)) as Made; // the route's own
      const attachments = [
        { id: expect.stringMatching(/^file_/), name: 'план.md', media_type: 'text/markdown', size: 7 },
        { id: expect.stringMatching(/^file_/), name: 'table.csv', media_type: 'text/csv', size: 8 },
      ];
      expect(reply).toMatchObject({
        content: 'Here they are.',
        skills_used: ['make_file'],
        attachments: expect.arrayContaining(attachments),
      });
      expect(reply.attachments).toHaveLength(2);
      const events = await Array.fromAsync(readEvents(await gateway.request(`/api/v1/message/${reply.id}/events`)));
      const told = events.flatMap((event) => (event.type === 'attachment' ? [event.attachment] : []));
      expect(told).toEqual(expect.arrayContaining(attachments));
      expect(events.at(-1)).toMatchObject({ type: 'end', attachments: reply.attachments });
      expect((await statusOf(gateway, reply.id)).response?.attachments).toEqual(reply.attachments);
      expect((await conversation(gateway, reply.conversation_id)).messages[1]?.attachments).toEqual(reply.attachments);
      const plan = reply.attachments?.find((each) => 'name' in each && each.name === 'план.md')?.id ?? '';
      const response = await gateway.request(`${FILES}/${plan}/content`, as('token-of-anna-0001'));
      expect([response.headers.get('content-type'), await response.text()]).toEqual(['text/markdown; charset=utf-8', '# Plan\n']);
      expect(await expectStatus(await gateway.request(`${FILES}/${plan}`), 200)).toMatchObject({ person: 'anna', expires_at: null });
      await expectError(await gateway.request(`${FILES}/${plan}`, as('token-of-reader-01')), 'not_found');
      expect((await gateway.request(`/api/v1/conversations/${reply.conversation_id}`, { method: 'DELETE' })).status).toBe(204);
      await expectError(await content(plan), 'not_found');
    });

    it('the agent reads it again in a later turn', async () => {
      model.on('make one', [make('poem.txt', 'Roses are red')], ['Made.']);
      model.on('read it again', [{ call: 'read_file', arguments: { name: 'poem.txt' } }], ['Read.']);
      const { conversation_id } = (await expectStatus(await post(gateway, { message: 'make one' }), 200)) as Made; // as above
      await expectStatus(await post(gateway, { message: 'read it again', conversation_id }), 200);
      const results = model.requests.flatMap(({ messages }) => messages).filter((message) => message.role === 'tool');
      expect(JSON.stringify(results)).toContain('Roses are red');
    });

    it('a name that is a path is refused, and so is what there is no room for; a reply without files has no attachments', async () => {
      model.on('make it badly', [make('../../etc/passwd', 'x')], ['No.']);
      const bad = (await expectStatus(await post(gateway, { message: 'make it badly' }), 200)) as Made; // as above
      expect(bad.attachments).toBeUndefined();
      const person = somebody();
      for (let count = 0; count < 3; count += 1) await sent(Buffer.alloc(999_000, 'a'), { query: `person=${person}` });
      model.on('make it all the same', [make('large.txt', 'x'.repeat(50_000))], ['No room.']);
      const full = (await expectStatus(await post(gateway, { message: 'make it all the same', person }), 200)) as Made; // as above
      expect(full.attachments).toBeUndefined();
      const told = model.requests.at(-1)?.messages.find((message) => message.role === 'tool');
      expect(told).toMatchObject({ failed: true, text: expect.stringContaining('There is no room for it') });
    });
  });

  it('what nobody names in time goes for good, with its bytes; what was cut off with its gateway goes too', async () => {
    const query = `person=${somebody()}`;
    const named = await sent('named', { query });
    await expectStatus(
      await post(gateway, { message: 'hi', person: query.split('=')[1], metadata: { attachments: [{ file_id: named.id }] } }),
      200,
    );
    const forgotten = await sent('forgotten', { query });
    await system.services.sql(`INSERT INTO files (id, person, size, expires_at) VALUES (gen_random_uuid(), 'cut-off', 1000, now())`);
    await system.services.sql(`UPDATE files SET expires_at = now() WHERE sha256 IN ('\\x${named.sha256}', '\\x${forgotten.sha256}')`);
    await system.services.sql(`UPDATE work SET run_at = now() WHERE kind = 'files.forget' AND status = 'waiting'`);
    await until(
      'both are gone',
      async () =>
        (await system.services.sql(`SELECT FROM files WHERE sha256 = '\\x${forgotten.sha256}' OR person = 'cut-off'`)).length === 0,
      30_000,
    );
    expect((await bytesOf(named.id)).toString()).toBe('named');
    expect(await expectStatus(await gateway.request(`${FILES}/${named.id}`), 200)).toMatchObject({ expires_at: null });
  }, 40_000);
});
