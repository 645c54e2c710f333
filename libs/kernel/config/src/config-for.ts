import { REDACTED, type Config } from '@openclaw/words';
import { stringify } from 'yaml';
import { childrenOf, configNode, type SchemaNode } from './config-keys.js';

/** The processes that share one configuration. */
export type ConfiguredProcess = 'gateway' | 'worker' | 'channels';

/** Whose the secrets of a branch are, the longest path first; those of other branches are everybody's. */
const OWNERS: readonly (readonly [path: string, owners: readonly ConfiguredProcess[]])[] = [
  ['channels.webhook', ['channels', 'gateway']], // both ways are signed: the gateway hears, the channels process speaks
  ['channels', ['channels']],
  ['gateway', ['gateway']],
  ['memory', ['worker']],
  ['providers', ['worker']],
  ['proxy', ['worker', 'channels']],
  ['skills', ['worker']],
];
/** Where the services are, and their passwords: each process is told by its environment. */
const ADDRESSES: readonly string[] = ['database', 'redis', 'skill_gate'].flatMap((server) => [`${server}.url`, `${server}.password_file`]);

/**
 * The configuration in force as a gateway.yaml for one process: everything but what is another's secret, among them whatever an address
 * of another's carries beside host and path, and but the addresses of Postgres, Redis and skill-gate. Read back, its values are the same.
 *
 * In the gateway's the mark of a redacted secret stands for another's: it tells whoever asks what is set, and uses none of them.
 */
export function configFor(process: ConfiguredProcess, config: Config): string {
  const isForeign = (path: readonly string[]): boolean => {
    const dotted = `${path.join('.')}.`;
    return OWNERS.find(([branch]) => dotted.startsWith(`${branch}.`))?.[1].includes(process) === false;
  };
  const mark = process === 'gateway' ? REDACTED : undefined;
  const copy = (value: unknown, nodes: readonly SchemaNode[], path: readonly string[]): unknown => {
    if (ADDRESSES.includes(path.join('.'))) return undefined;
    if (isForeign(path) && nodes.some((node) => node.secret === true)) return value === '' ? value : mark;
    if (typeof value === 'string') return escape(isForeign(path) ? withoutCredentials(value) : value);
    const inner = (key: string, below: unknown): unknown =>
      copy(
        below,
        nodes.flatMap((node) => childrenOf(node, key)),
        [...path, key],
      );
    if (Array.isArray(value)) return value.map((item, index) => inner(String(index), item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, inner(key, below)]));
  };
  return stringify(copy(config, [configNode()], []), { lineWidth: 0, keepUndefined: false, aliasDuplicateObjects: false });
}

/** What a reference left behind is no reference. */
function escape(text: string): string {
  return text.replaceAll('${', () => '$${'); // in a replacement text, $$ would be one $
}

function withoutCredentials(text: string): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null || (url.username === '' && url.password === '' && url.search === '')) return text;
  url.username = '';
  url.password = '';
  url.search = '';
  return url.href;
}
