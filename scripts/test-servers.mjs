/**
 * `npm run test:servers [-- --without-litellm]`: the conversations of test/servers with servers that nobody here wrote.
 *
 * Python's venv ─► .servers: llama.cpp's server (xllamacpp), a model made on the spot, LiteLLM's proxy ─► Jest
 *
 * What is there is used again; remove .servers to begin anew. Needs Python 3.10 or later with venv, and the package registry once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ROOT } from './compose-project.mjs';

const FOLDER = `${ROOT}.servers`;
const LLAMA = ['xllamacpp==2026.10.11549', 'gguf==0.19.0'];
const LITELLM = ['litellm[proxy]==1.108.0'];

process.chdir(ROOT);
const { values } = parseArgs({ options: { 'without-litellm': { type: 'boolean', default: false } } });
const llama = await environment('llama', LLAMA);
const litellm = values['without-litellm'] ? null : `${await environment('litellm', LITELLM).then((python) => python.replace(/python$/, 'litellm'))}`;
await must(llama, ['test/servers/make_model.py', `${FOLDER}/tiny.gguf`]);
const servers = JSON.stringify({ SERVERS: { folder: FOLDER, llama, litellm } });
process.exitCode = await run(process.execPath, ['scripts/test.mjs', '--runInBand', 'test/servers', '--globals', servers]);

/** @returns its Python */
async function environment(name, packages) {
  const [folder, mark] = [`${FOLDER}/${name}`, `${FOLDER}/${name}/${packages.join('+').replaceAll(/[^\w.+-]/g, '_')}`];
  const python = `${folder}/bin/python`;
  if (existsSync(mark)) return python;
  mkdirSync(FOLDER, { recursive: true });
  console.log(`installing ${packages.join(', ')} into ${folder}`);
  await must('python3', ['-m', 'venv', '--clear', folder]);
  await must(python, ['-m', 'pip', 'install', '--quiet', ...packages]);
  writeFileSync(mark, '');
  return python;
}

async function must(command, args) {
  const code = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
}

async function run(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'close');
  return code ?? 1;
}
