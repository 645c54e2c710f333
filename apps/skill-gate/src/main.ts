/**
 * The gate between workers and lanes: broker and egress proxy. `node main.js [password file] [folder of the sockets]`.
 * It has no database, no configuration, and one secret. Stops on SIGTERM.
 */
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createGateServer } from './create-server.js';
import { EgressProxy } from './egress-proxy.js';
import { LaneBroker } from './lane-broker.js';
import { PUBLIC_INTERNET } from './permit-host.js';

const [, , passwordFile = '/run/openclaw/skills/password', folder = '/run/gate'] = process.argv;
const PORT = 18_791;
/** Lanes are another user. */
const FOR_ALL = 0o666;

function log(level: string, fields: object): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, component: 'skills', ...fields })}\n`);
}

function listenAt(name: string, accept: (socket: Socket) => void): void {
  const path = join(folder, name);
  rmSync(path, { force: true });
  createServer(accept).listen(path, () => {
    chmodSync(path, FOR_ALL);
  });
}

const password = readFileSync(passwordFile, 'utf8').trim();
if (password === '') throw new Error(`${passwordFile} is empty`);
const broker = new LaneBroker((digest, losses) => {
  log('warn', { message: 'a skill has cost a lane', digest, losses });
});
const egress = new EgressProxy(PUBLIC_INTERNET);
listenAt('lanes.sock', (socket) => {
  broker.accept(socket);
});
listenAt('egress.sock', (socket) => {
  egress.accept(socket);
});
createGateServer({ broker, egress, password }).listen(PORT, () => {
  log('info', { message: 'skill-gate started' });
});
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    process.exit(0);
  });
