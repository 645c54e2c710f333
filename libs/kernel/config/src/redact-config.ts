import { REDACTED, type Config } from '@openclaw/words';
import { stringify } from 'yaml';
import { childrenOf, configNode, type SchemaNode } from './config-keys.js';
import { webKeys, withoutWebKeys } from './web-credentials.js';

const URL_PASSWORD = /(:\/\/[^\s:/@]*:)([^\s@/]+)(?=@)/g;

/**
 * Every secret that the configuration holds, for the Redactor: the values that the schema marks, and the passwords and keys inside
 * URLs as they are written and as they are meant. Without empty ones and duplicates.
 */
export function secretsOf(config: Config): string[] {
  const secrets = new Set<string>();
  mapTexts(config, [configNode()], (text, isSecret) => {
    if (isSecret) secrets.add(text);
    for (const key of webKeys(text)) secrets.add(key).add(decode(key));
    for (const [, , password = ''] of text.matchAll(URL_PASSWORD)) secrets.add(password).add(decode(password));
    return text;
  });
  return [...secrets].filter((secret) => secret !== '');
}

/** A copy in which REDACTED stands for every secret; an empty one stays empty, so that a person sees that it is not set. */
export function redactConfig(config: Config): Config {
  const redacted = mapTexts(config, [configNode()], (text, isSecret) =>
    isSecret && text !== '' ? REDACTED : withoutWebKeys(text, REDACTED).replace(URL_PASSWORD, `$1${REDACTED}`),
  );
  return redacted as Config; // only texts were replaced, by other texts
}

/** The configuration in force as YAML, for a person to read: without secrets. */
export function describeConfig(config: Config): string {
  return stringify(redactConfig(config), { lineWidth: 0 });
}

/** A copy with every string replaced; what lies below a secret is secret too. */
function mapTexts(
  value: unknown,
  nodes: readonly SchemaNode[],
  replace: (text: string, isSecret: boolean) => string,
  inherited = false,
): unknown {
  const isSecret = inherited || nodes.some((node) => node.secret === true);
  if (typeof value === 'string') return replace(value, isSecret);
  const inner = (key: string, below: unknown): unknown =>
    mapTexts(
      below,
      nodes.flatMap((node) => childrenOf(node, key)),
      replace,
      isSecret,
    );
  if (Array.isArray(value)) return value.map((item, index) => inner(String(index), item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, inner(key, below)]));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (thrown) {
    if (thrown instanceof URIError) return text;
    throw thrown;
  }
}
