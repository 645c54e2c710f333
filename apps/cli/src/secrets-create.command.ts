import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findVariable, writeOnce, type Environment } from '@openclaw/config';
import type { Command } from './command.types.js';
import { UsageError } from './usage-error.js';

const SECRET_BYTES = 32;

/** What is there stays: the server that was first started with it knows no other. */
export const secretsCreate: Command = {
  name: 'secrets create',
  summary: 'make the passwords that the services share, unless they exist',
  usage: '--file <path> [--from-env <name>] [--file …] [--mode 0440]',
  details: [
    '--file <path>      write a secret of 256 random bits there, in hexadecimal; a file that exists is kept',
    '--from-env <name>  for the file before it: the value of this variable instead, where it is set',
    '--mode <octal>     permissions of the files that are made; 0440 by default',
  ],
  run: async (args, terminal) => {
    const { files, mode } = parse(args);
    for (const { path, variable } of files) {
      const created = await createSecret(path, secretFor(variable, terminal.env), mode);
      terminal.out(`${created ? 'created' : 'kept'} ${path}\n`);
    }
    return 0;
  },
};

interface SecretFile {
  readonly path: string;
  readonly variable?: string;
}

function parse(args: readonly string[]): { files: SecretFile[]; mode: number } {
  const option = { type: 'string', multiple: true } as const;
  const { values, tokens } = parseArgs({
    args: [...args],
    options: { file: option, 'from-env': option, mode: { type: 'string', default: '0440' } },
    tokens: true,
  });
  if (!/^0?[0-7]{3}$/.test(values.mode)) throw new UsageError('--mode must be three octal digits, such as 0440');
  const files: SecretFile[] = [];
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (token.name === 'file') files.push({ path: token.value });
    if (token.name === 'from-env') files.push(withVariable(files.pop(), token.value));
  }
  if (files.length === 0) throw new UsageError('--file is required');
  return { files, mode: Number.parseInt(values.mode, 8) };
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
