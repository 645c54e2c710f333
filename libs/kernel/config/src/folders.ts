import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { findVariable, type Environment } from './environment.js';

/** Where the gateway keeps what it makes, such as its token: `OPENCLAW_DATA_DIR`, else `~/.openclaw`. Absolute; it may not exist yet. */
export function dataFolder(env: Environment, homeDir?: string): string {
  return resolve(findVariable(env, 'OPENCLAW_DATA_DIR') ?? join(homeDir ?? homedir(), '.openclaw'));
}

/** Where a person keeps `gateway.yaml` and `soul.md`: `OPENCLAW_CONFIG_DIR`, else the data folder. Absolute; it may not exist. */
export function configFolder(env: Environment, homeDir?: string): string {
  const folder = findVariable(env, 'OPENCLAW_CONFIG_DIR');
  return folder === undefined ? dataFolder(env, homeDir) : resolve(folder);
}
