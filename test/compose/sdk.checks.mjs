/** The snippets of README.md as they stand, each with its SDK as a user installs it. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/compose-project.mjs';
import { pythonEnvironment } from '../../scripts/python-environment.mjs';
import { check } from './stack.mjs';

const ANSWER = /What is the weather tomorrow\?/;

/** The socket of the user's reference, which then asks. */
const SOCKET = `
const ws = new WebSocket('ws://127.0.0.1:18789/ws');
ws.onopen = () => {
  ws.send(JSON.stringify({ type: 'auth', token: 'YOUR_TOKEN' }));
  ws.send(JSON.stringify({ type: 'message', content: 'What is the weather tomorrow?' }));
};
ws.onmessage = (event) => {
  const data = JSON.parse(event.data);
  if (data.type === 'response') console.log(data.content);
  if (data.type === 'response') ws.close();
};
`;

export const sdks = [
  check('README: the snippet for Node, with the packed SDK in an empty folder', async (stack) => {
    const folder = join(stack.folder, 'node-program');
    mkdirSync(folder);
    const packed = /^dist\/\S+\.tgz/m.exec(await must(process.execPath, ['scripts/pack-sdk.mjs']))?.[0];
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    await must('npm', ['install', '--no-audit', '--no-fund', join(process.cwd(), packed)], { cwd: folder });
    writeFileSync(join(folder, 'ask.mjs'), at(stack, block('js', 'OpenClawClient')));
    assert.match(await must(process.execPath, ['ask.mjs'], { cwd: folder, env: withToken(stack) }), ANSWER);
  }),

  check('README: the snippet for Python, with the SDK in an environment of its own', async (stack) => {
    const python = await pythonEnvironment(join(stack.folder, 'python'), [join(process.cwd(), 'libs/sdk-python')]);
    const program = join(stack.folder, 'ask.py');
    writeFileSync(program, at(stack, block('python', 'OpenClawClient')));
    assert.match(await must(python, [program], { env: withToken(stack) }), ANSWER);
  }),

  check('the snippet for the WebSocket, with nothing installed', async (stack) => {
    const program = join(stack.folder, 'socket.mjs');
    writeFileSync(program, at(stack, SOCKET).replace('YOUR_TOKEN', stack.token));
    assert.match(await must(process.execPath, [program]), ANSWER);
  }),
];

/** The README's first block in a language that has the word. */
function block(language, word) {
  const blocks = [...readFileSync('README.md', 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)];
  return blocks.find(([, of, text]) => of === language && text.includes(word))[2];
}

function at({ port }, text) {
  return text.replaceAll('127.0.0.1:18789', `127.0.0.1:${port}`);
}

function withToken({ token }) {
  return { ...process.env, GATEWAY_AUTH_TOKEN: token };
}

async function must(command, args, options) {
  const { code, stdout, stderr } = await run(command, args, options);
  assert.equal(code, 0, `${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}
