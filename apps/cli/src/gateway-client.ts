import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { OpenClawClient } from '@openclaw/sdk';
import type { Terminal } from './command.types.js';

const PORT = '18789';
/** Beside them all others are refused by the gateway at once, so that nobody waits for a program that reads. */
const RETRIES = 1;
/** For what is sent: a gateway that restarts is waited for. */
export const PATIENT = { maxRetries: 4 };

/**
 * The gateway, as the token in force sees it.
 * @param patience `maxRetries`: how often a call is tried again; once by default, so that a gateway that is off is told at once
 */
export async function connect(
  terminal: Terminal,
  patience: { readonly maxRetries?: number; readonly timeoutMs?: number } = {},
): Promise<OpenClawClient> {
  const { OpenClawClient: Client } = await import('@openclaw/sdk');
  return new Client({ baseUrl: baseUrlOf(terminal), token: (await findGatewayToken(terminal)) ?? '', maxRetries: RETRIES, ...patience });
}

/** `OPENCLAW_BASE_URL`, else this machine at `OPENCLAW_PORT`: within the gateway's container that is the gateway. */
export function baseUrlOf({ env }: Terminal): string {
  return valueOf(env['OPENCLAW_BASE_URL']) ?? `http://127.0.0.1:${valueOf(env['OPENCLAW_PORT']) ?? PORT}`;
}

/**
 * The variable, the file that a variable names, the configuration, the file that the gateway made: the first that there is; null for none.
 * The configuration is read where it has a token alone, since its schemas take longer to load than all else here.
 */
export async function findGatewayToken(terminal: Terminal): Promise<string | null> {
  const { env } = terminal;
  const given = valueOf(env['OPENCLAW_GATEWAY__AUTH__TOKEN']) ?? valueOf(env['GATEWAY_AUTH_TOKEN']);
  if (given !== undefined) return given;
  const named = valueOf(env['OPENCLAW_TOKEN_FILE']);
  if (named !== undefined) return tokenIn(await readFile(named, 'utf8'));
  const data = resolve(valueOf(env['OPENCLAW_DATA_DIR']) ?? join(terminal.homeDir ?? homedir(), '.openclaw'));
  const configured = await configuredToken(resolve(valueOf(env['OPENCLAW_CONFIG_DIR']) ?? data), terminal);
  if (configured !== '') return configured;
  const kept = await textIn(join(data, 'gateway-token'));
  return kept === null ? null : tokenIn(kept);
}

/** '' where there is none. */
async function configuredToken(folder: string, terminal: Terminal): Promise<string> {
  const yaml = await textIn(join(folder, 'gateway.yaml'));
  if (yaml === null || !mayHoldToken(yaml)) return '';
  const { loadConfig } = await import('@openclaw/config');
  return loadConfig(terminal).gateway.auth.token;
}

/** Whether a line names a token and says anything of it: then the file is read as the configuration that it is. */
function mayHoldToken(yaml: string): boolean {
  return yaml.split('\n').some((line) => line.includes('token') && line.slice(line.indexOf('token') + 5).replace(/["':\s{},]/g, '') !== '');
}

function tokenIn(text: string): string {
  return text.replace(/^\ufeff/, '').trim();
}

async function textIn(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (Error.isError(thrown) && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'EACCES' || thrown.code === 'ENOTDIR'))
      return null;
    throw thrown;
  }
}

function valueOf(text: string | undefined): string | undefined {
  const value = text?.trim();
  return value === '' ? undefined : value;
}
