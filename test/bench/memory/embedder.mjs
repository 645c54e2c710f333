/** The bundled embedder as a process of its own, and what waits for it. */
import { freePort } from '../../../scripts/compose-project.mjs';
import { startProcess } from '../process.mjs';

const MAIN = new URL('../../../apps/embedder/dist/main.js', import.meta.url).pathname;
const PENDING_EVERY_MS = 500;

/** @param folder with the engine, as the image has it in /engine @returns null where it does not run there */
export async function startEmbedder(folder) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startProcess(MAIN, { OMP_NUM_THREADS: '1' }, { args: [folder, String(port)] });
  await child.ready(async () => (await fetch(`${url}/health`)).json());
  const health = await (await fetch(`${url}/health`)).json();
  if (health.status === 'ok')
    return {
      process: child,
      env: { OPENCLAW_MEMORY__EMBEDDINGS__PROVIDER: 'bundled', OPENCLAW_MEMORY__EMBEDDINGS__BASE_URL: `${url}/v1` },
    };
  await child.stop();
  console.error(`the embedder does not run here: ${health.reason}`);
  return null;
}

/** Waits until each of the person's entries has its vector. */
export async function embedded({ target }, person, entries, progress) {
  for (let last = -1; ;) {
    const response = await fetch(`${target.url}/api/v1/memory/stats?person=${encodeURIComponent(person)}`, { headers: target.headers });
    const { embeddings } = await response.json();
    if (embeddings.indexed >= entries) return;
    if (Math.floor(embeddings.indexed / 500) !== last) progress(`${person}: ${embeddings.indexed} of ${entries} entries have a vector`);
    last = Math.floor(embeddings.indexed / 500);
    await new Promise((resolve) => setTimeout(resolve, PENDING_EVERY_MS));
  }
}
