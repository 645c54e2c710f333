/**
 * What the container's health check runs: `node check-health.js <port>` exits 0 where the gateway answers that it is ready, by the way
 * that Docker's proxy takes to it. That is a new connection to the container's own address, not a kept one over loopback.
 */
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';

const TIMEOUT_MS = 4000;

const [port = ''] = process.argv.slice(2);
const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
const signal = AbortSignal.timeout(TIMEOUT_MS);
const asking = request({ host: own, port, path: '/readyz', headers: { host: `127.0.0.1:${port}` }, agent: false, signal }, (response) => {
  process.exit(response.statusCode === 200 ? 0 : 1);
});
asking.on('error', () => {
  process.exit(1);
});
asking.end();
