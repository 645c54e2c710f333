import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../support/free-port.js';
import { until } from '../support/until.js';

/** What scripts/test-servers.mjs has installed and made. */
declare const SERVERS: { readonly folder: string; readonly llama: string; readonly litellm: string | null };

export const KEY = 'sk-0123456789abcdef';
export const MODEL = 'tiny';
export const HAS_LITELLM = SERVERS.litellm !== null;

/** A server that nobody here wrote, on loopback. */
export interface RealServer {
  /** As `base_url` takes it. */
  readonly baseUrl: string;
  /** How many replies it is making at the moment. */
  busy(): Promise<number>;
  stop(): Promise<void>;
}

/** llama.cpp's HTTP server with a model of one layer that says what make_model.py taught it. */
export async function startLlama(): Promise<RealServer> {
  const child = spawn(SERVERS.llama, ['test/servers/serve_llama.py', join(SERVERS.folder, 'tiny.gguf'), KEY], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout });
  const address = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.startsWith('http')) resolve(line);
    });
    child.once('exit', (code) => {
      reject(new Error(`the server ended with ${String(code)}`));
    });
  });
  const busy = async (): Promise<number> => {
    const slots = (await (await fetch(`${address}/slots`, { headers: { authorization: `Bearer ${KEY}` } })).json()) as {
      is_processing: boolean;
    }[]; // llama.cpp's own words
    return slots.filter(({ is_processing }) => is_processing).length;
  };
  return { baseUrl: `${address}/v1`, busy, stop: () => end(child) };
}

/** LiteLLM's proxy in front of that server, as many have it. */
export async function startLiteLlm(behind: RealServer): Promise<RealServer> {
  const file = join(SERVERS.folder, 'litellm.json');
  const model = { model_name: MODEL, litellm_params: { model: `openai/${MODEL}`, api_base: behind.baseUrl, api_key: KEY } };
  writeFileSync(file, JSON.stringify({ model_list: [model], general_settings: { master_key: KEY } }));
  const port = await freePort();
  const env = { PATH: '/usr/bin:/bin', HOME: SERVERS.folder, LITELLM_LOCAL_MODEL_COST_MAP: 'True' };
  const child = spawn(SERVERS.litellm ?? '', ['--config', file, '--host', '127.0.0.1', '--port', String(port), '--telemetry', 'False'], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const origin = `http://127.0.0.1:${String(port)}`;
  await until(
    'LiteLLM answers',
    () =>
      fetch(`${origin}/health/liveliness`).then(
        ({ ok }) => ok || null,
        () => null,
      ),
    180_000,
  );
  return { baseUrl: `${origin}/v1`, busy: () => behind.busy(), stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
