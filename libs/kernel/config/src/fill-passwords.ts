import { resolve } from 'node:path';
import type { Config, Issue } from '@openclaw/words';
import { readSmallFile } from './read-small-file.js';

export interface FilledPasswords {
  readonly config: Config;
  readonly problems: readonly Issue[];
}

/**
 * `config` with the URLs of Postgres, Redis and skill-gate complete: the trimmed content of `password_file` is put in, percent-encoded,
 * where
 * the URL has no password. A relative path is relative to `folder`.
 */
export function fillPasswords(config: Config, folder: string): FilledPasswords {
  const database = fillPassword(config.database, folder);
  const redis = fillPassword(config.redis, folder);
  const gate = fillPassword(config.skill_gate, folder);
  return {
    config: {
      ...config,
      database: { ...config.database, url: database.url },
      redis: { ...config.redis, url: redis.url },
      skill_gate: { ...config.skill_gate, url: gate.url },
    },
    problems: [
      ...(database.problem === undefined ? [] : [{ path: 'database.password_file', message: database.problem }]),
      ...(redis.problem === undefined ? [] : [{ path: 'redis.password_file', message: redis.problem }]),
      ...(gate.problem === undefined ? [] : [{ path: 'skill_gate.password_file', message: gate.problem }]),
    ],
  };
}

interface Filled {
  readonly url: string;
  readonly problem?: string;
}

function fillPassword(server: { readonly url: string; readonly password_file?: string | undefined }, folder: string): Filled {
  const url = URL.parse(server.url);
  if (server.password_file === undefined || url === null || url.password !== '') return { url: server.url };
  const read = readPassword(resolve(folder, server.password_file));
  if (read.problem !== undefined) return { url: server.url, problem: read.problem };
  url.password = encodeURIComponent(read.password);
  // The setter does nothing for a URL without a host, such as that of a socket.
  if (url.password === '') return { url: server.url, problem: 'cannot be used: the URL names no host' };
  return { url: url.href };
}

function readPassword(file: string): { password: string; problem?: never } | { problem: string } {
  const read = readSmallFile(file);
  if ('code' in read) return { problem: `cannot be read (${read.code}): ${file}` };
  if ('reason' in read) return { problem: `${read.reason}: ${file}` };
  const password = read.text.trim();
  return password === '' ? { problem: 'is an empty file' } : { password };
}
