/**
 * `npm run test:servers [-- --without-litellm]`: the conversations of test/servers with servers that nobody here wrote.
 *
 * Python's venv ─► .servers: llama.cpp's server (xllamacpp), a model made on the spot, LiteLLM's proxy ─► Jest
 *
 * What is there is used again; remove .servers to begin anew. Needs Python 3.10 or later with venv, and the package registry once.
 */
import { parseArgs } from 'node:util';
import { ROOT } from './compose-project.mjs';
import { must, pythonEnvironment, runThrough } from './python-environment.mjs';

const FOLDER = `${ROOT}.servers`;
const LLAMA = ['xllamacpp==2026.10.11549', 'gguf==0.19.0'];
const LITELLM = ['litellm[proxy]==1.108.0'];

process.chdir(ROOT);
const { values } = parseArgs({ options: { 'without-litellm': { type: 'boolean', default: false } } });
const llama = await pythonEnvironment(`${FOLDER}/llama`, LLAMA);
const litellm = values['without-litellm']
  ? null
  : `${await pythonEnvironment(`${FOLDER}/litellm`, LITELLM).then((python) => python.replace(/python$/, 'litellm'))}`;
await must(llama, ['test/servers/make_model.py', `${FOLDER}/tiny.gguf`]);
const servers = JSON.stringify({ SERVERS: { folder: FOLDER, llama, litellm } });
process.exitCode = await runThrough(process.execPath, ['scripts/test.mjs', '--runInBand', 'test/servers', '--globals', servers]);
