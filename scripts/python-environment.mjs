/** Python environments of the project's own tests: made on first use, kept until what is installed in them changes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

/**
 * @param {string} folder the environment's
 * @param {readonly string[]} packages what pip takes: names with versions, or folders
 * @param {string} mark what is installed, in a word: another one installs anew
 * @returns {Promise<string>} its Python
 */
export async function pythonEnvironment(folder, packages, mark = packages.join('+').replaceAll(/[^\w.+-]/g, '_')) {
  const python = `${folder}/bin/python`;
  if (existsSync(`${folder}/${mark}`)) return python;
  mkdirSync(folder, { recursive: true });
  console.log(`installing ${packages.join(', ')} into ${folder}`);
  await must('python3', ['-m', 'venv', '--clear', folder]);
  await must(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
  writeFileSync(`${folder}/${mark}`, '');
  return python;
}

/** Runs a command with this process's output. @throws Error where it fails */
export async function must(command, args, options = {}) {
  const code = await runThrough(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
}

/** @returns {Promise<number>} the command's exit code */
export async function runThrough(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'inherit', ...options });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'close');
  return code ?? 1;
}
