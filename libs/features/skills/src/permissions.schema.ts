import { z } from 'zod';

/** What a skill's code asks to reach, as its front matter writes it. */
export const permissionsSchema = z
  .array(z.string({ error: 'must be text' }).superRefine(checkPermission), {
    error: 'must be a list such as [network:api.example.org, env:API_KEY]',
  })
  .max(50)
  .default([]);

/** What a skill's code may reach. */
export interface Permissions {
  /** Hosts, in lower case; `*.` before one is all below it, `*` alone any host on the public internet. */
  readonly network: readonly string[];
  /** `read:<name>` and `write:<name>`: files that go in with a call and come back with it, never a folder of the host. */
  readonly filesystem: readonly string[];
  /** No skill has a shell of the host; kept in the contract. */
  readonly shell: false;
  /** Names of values in `skills.env`. */
  readonly env: readonly string[];
}

const HOST = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const HOST_CHARACTERS_MAX = 253;
const FILE = /^(?:read|write):[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;
const VARIABLE = /^[A-Z][A-Z0-9_]{0,99}$/;
/** Names that decide how a program is started or where it goes: a lane sets them, a skill never. */
const NOT_FOR_SKILLS =
  /^(?:PATH|HOME|TMPDIR|LANG|SHELL|SKILL_DIR|LD_.*|NODE_.*|PYTHON.*|OPENCLAW_.*|(?:HTTPS?|ALL|NO)_PROXY|DATABASE_URL|REDIS_URL|GATEWAY_AUTH_TOKEN)$/;

/** Sorted by what they are about. */
export function toPermissions(written: readonly string[]): Permissions {
  const of = (kind: string): string[] => written.filter((each) => each.startsWith(`${kind}:`)).map((each) => each.slice(kind.length + 1));
  return { network: of('network'), filesystem: of('filesystem'), shell: false, env: of('env') };
}

/** What it comes to, in words for whoever installs it. */
export function permissionsInWords(hasCode: boolean, { network, filesystem, env }: Permissions): string[] {
  if (!hasCode) return ['It is instructions alone: none of its files is run, and it reaches nothing but what the agent’s own tools reach.'];
  const words = [
    'It is code, which runs in a lane of its own: it sees its own files and the arguments of the call, and keeps nothing between two calls.',
  ];
  if (network.length === 0) words.push('It reaches no network.');
  else if (network.includes('*')) words.push('It can send what it is given to any host on the internet.');
  else words.push(`It can send what it is given to ${network.join(', ')}.`);
  if (env.length > 0) words.push(`It is given the values of ${env.join(', ')}.`);
  if (env.length > 0 && network.length > 0)
    words.push(`Both together: it can send ${env.join(', ')} to ${network.includes('*') ? 'anybody' : network.join(', ')}.`);
  if (filesystem.length > 0) words.push(`It asks for files by name (${filesystem.join(', ')}), which this version hands over neither way.`);
  return words;
}

function checkPermission(written: string, context: z.RefinementCtx): void {
  const at = written.indexOf(':');
  const message = messageFor(written.slice(0, Math.max(at, 0)), written.slice(at + 1));
  if (message !== null) context.addIssue({ code: 'custom', message });
}

function messageFor(kind: string, value: string): string | null {
  switch (kind) {
    case 'network':
      return value === '*' || (value.length <= HOST_CHARACTERS_MAX && HOST.test(value))
        ? null
        : 'must name a host in small letters, such as network:api.example.org or network:*.example.org, without an address, a port or a path';
    case 'filesystem':
      return FILE.test(value) ? null : 'must name one file, such as filesystem:read:report.csv; folders of the host are not given';
    case 'env':
      return VARIABLE.test(value) && !NOT_FOR_SKILLS.test(value)
        ? null
        : 'must name a value in capitals, such as env:WEATHER_KEY, that is none of the house’s or the system’s';
    default:
      return 'must be network:<host>, filesystem:read:<name>, filesystem:write:<name> or env:<NAME>';
  }
}
