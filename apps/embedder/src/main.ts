/**
 * The embedder: files of the engine ─► tried in a process of its own ─► loaded ─► HTTP. Without an engine it answers that it has
 * none and why, and stays: a stack goes on without it. Stops on SIGTERM.
 */
import { fileURLToPath } from 'node:url';
import { createEmbedderServer } from './create-server.js';
import type { Engine } from './engine.types.js';
import { findEngine } from './find-engine.js';
import { provesWorking, tryEngine } from './try-engine.js';

/** The folder of the engine, and the port; or `--try` and the folder. */
const [, , mode = '/engine', second] = process.argv;
const PORT = 18_790;

/** Native code is not even imported before it has worked elsewhere: where it cannot be loaded, this process stands all the same. */
async function start(folder: string): Promise<Engine | string> {
  const files = findEngine(folder);
  if (typeof files === 'string') return files;
  return tryEngine(fileURLToPath(import.meta.url), ['--try', folder]) ?? (await import('./load-engine.js')).loadEngine(files);
}

async function tryOnce(folder: string): Promise<void> {
  const files = findEngine(folder);
  if (typeof files === 'string') process.exit(1);
  const { loadEngine } = await import('./load-engine.js');
  process.exit((await provesWorking(loadEngine(files))) ? 0 : 1);
}

function log(level: string, fields: object): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, component: 'memory', ...fields })}\n`);
}

if (mode === '--try') await tryOnce(second ?? '/engine');
const engine = await start(mode);
const server = createEmbedderServer(engine);
server.listen(Number(second ?? PORT), () => {
  if (typeof engine === 'string') log('warn', { message: 'no embedder here; memory is searched by words alone', reason: engine });
  else log('info', { message: 'embedder started', model: engine.model });
});
const stop = (): void => {
  server.close(() => {
    process.exit(0);
  });
  server.closeAllConnections();
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
