import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fileSchema } from '@openclaw/files';
import { expectStatus } from '../support/api.js';
import { type Bystander, startBystander } from '../support/bystander.js';
import { memoryOf } from '../support/process-memory.js';
import { createProcessSystem, type GatewayProcess, type ProcessSystem } from '../support/processes.js';
import { parseResponse } from '../support/raw-http.js';
import { TEST_TOKEN } from '../support/test-system.js';
import { until } from '../support/until.js';

const FILES = '/api/v1/files';
const UPLOADS = 100;
const FILE_BYTES = 5_000_000;
/** What clients may leave unfinished: the bound of `gateway.limits.client_memory_bytes`. */
const CLIENT_MEMORY_BYTES = 32 * 1024 * 1024;
/** What the process may take beside it: buffers of sockets, and what is collected late. */
const OVERHEAD_BYTES = 128 * 1024 * 1024;

/** Half a gigabyte of files at once through a gateway whose container has as much in all. */
describe('a hundred uploads at once', () => {
  let system: ProcessSystem;
  let gateway: GatewayProcess;
  let bystander: Bystander;
  const sockets: Socket[] = [];
  const body = randomBytes(FILE_BYTES);

  beforeAll(async () => {
    system = await createProcessSystem();
    gateway = await system.startGateway();
    await expectStatus(await gateway.request(FILES, { method: 'POST', body: 'the first one compiles what the others need' }), 201);
  }, 120_000);
  afterAll(() => system.close());
  beforeEach(() => {
    bystander = startBystander(async () => {
      const response = await gateway.request('/healthz');
      if (!response.ok) throw new Error(`the gateway says ${String(response.status)}`);
      await response.arrayBuffer();
    });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    expect([...new Set((await bystander.leave()).failures)]).toEqual([]);
  });

  function open(length: number): Socket {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined); // to be cut off is what some of these are about
    socket.write(
      `POST ${FILES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nConnection: close\r\nContent-Length: ${String(length)}\r\n\r\n`,
    );
    sockets.push(socket);
    return socket;
  }

  it('are all kept whole, and the gateway takes no more memory than its clients may have', async () => {
    const before = memoryOf(gateway.pid).now;
    const answers = Array.from({ length: UPLOADS }, async () => {
      const socket = open(FILE_BYTES);
      socket.write(body);
      return parseResponse(await text(socket));
    });
    const records = (await Promise.all(answers)).map(({ status, body: answer }) => {
      expect({ status, answer }).toMatchObject({ status: 201 });
      return fileSchema.parse(JSON.parse(answer));
    });
    const sha256 = createHash('sha256').update(body).digest('hex');
    expect(new Set(records.map((record) => record.sha256))).toEqual(new Set([sha256]));
    expect(memoryOf(gateway.pid).most - before).toBeLessThan(CLIENT_MEMORY_BYTES + OVERHEAD_BYTES);
  }, 300_000);

  it('that stand still hold what they sent and no more, and nobody else up', async () => {
    const before = memoryOf(gateway.pid).now;
    for (let upload = 0; upload < UPLOADS; upload += 1) open(FILE_BYTES).write(body.subarray(0, 120_000));
    await until(
      'all have begun',
      async () => (await system.services.sql('SELECT FROM files WHERE sha256 IS NULL')).length === UPLOADS,
      60_000,
    );
    await expectStatus(await gateway.request(FILES, { method: 'POST', body: new Uint8Array(body) }), 201);
    expect(memoryOf(gateway.pid).most - before).toBeLessThan(CLIENT_MEMORY_BYTES + OVERHEAD_BYTES);
    for (const socket of sockets) socket.destroy();
    await until(
      'nothing of them is left',
      async () => (await system.services.sql('SELECT FROM files WHERE sha256 IS NULL')).length === 0,
      60_000,
    );
  }, 180_000);
});
