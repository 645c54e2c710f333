import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { findVariable, writeOnce, type Environment } from '@openclaw/config';
import { defineCommand } from '../define-command.js';
import { list, text } from '../options.js';
import { UsageError } from '../usage-error.js';

const SECRET_BYTES = 32;

/** What is there stays: the server that was first started with it knows no other. */
export const secretsCreate = defineCommand({
  options: {
    file: list('<path>', 'write a secret of 256 random bits there, in hexadecimal; a file that exists is kept'),
    fromEnv: list('<name>', 'for the file before it: the value of this variable instead, where it is set'),
    mode: text('<octal>', 'permissions of the files that are made (0440)'),
  },
  run: async ({ options, given }, terminal) => {
    const mode = modeOf(options.mode ?? '0440');
    const files = filesOf(given);
    for (const { path, variable } of files) {
      const created = await createSecret(path, secretFor(variable, terminal.env), mode);
      terminal.out(`${created ? 'created' : 'kept'} ${path}\n`);
    }
    return 0;
  },
});

interface SecretFile {
  readonly path: string;
  readonly variable?: string;
}

function modeOf(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new UsageError('--mode must be three octal digits, such as 0440');
  return Number.parseInt(text, 8);
}

/** In the order of the command line, which says what belongs to what. */
function filesOf(given: readonly { readonly name: string; readonly value: string }[]): SecretFile[] {
  const files: SecretFile[] = [];
  for (const { name, value } of given) {
    if (name === 'file') files.push({ path: value });
    if (name === 'fromEnv') files.push(withVariable(files.pop(), value));
  }
  if (files.length === 0) throw new UsageError('--file is required');
  return files;
}

function withVariable(file: SecretFile | undefined, variable: string): SecretFile {
  if (file === undefined || file.variable !== undefined) throw new UsageError('--from-env belongs behind the --file it is for');
  return { ...file, variable };
}

function secretFor(variable: string | undefined, env: Environment): string {
  const given = variable === undefined ? undefined : findVariable(env, variable);
  return given ?? randomBytes(SECRET_BYTES).toString('hex');
}

/** Looks before it writes: what exists may be on a volume that this process can only read. */
async function createSecret(path: string, secret: string, mode: number): Promise<boolean> {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.size === 0) throw new Error(`${path} is empty; delete it and run this again`);
  return existing === undefined && (await writeOnce(path, secret, mode));
}
