import { NO_PROXIES, OutgoingAgents, type OutgoingProxies, proxyFor } from '@openclaw/net';
import type { Config, ProviderEntry } from '@openclaw/words';
import { request } from 'undici';
import { addressOf } from './create-model.js';

/** What a provider says to a key: `unknown` where it said neither, being away, busy, or without a list of its models. */
export interface KeyVerdict {
  readonly outcome: 'accepted' | 'refused' | 'unknown';
  /** null where there was no answer. */
  readonly status: number | null;
}

const PATIENCE_MS = 5000;
const UNKNOWN: KeyVerdict = { outcome: 'unknown', status: null };

/**
 * Asks a configured provider for the list of its models, which costs nothing and wants its key. Only its own 401 or 403 is a refusal.
 * @returns null where that entry is no language model
 */
export async function checkKey(
  entry: ProviderEntry,
  providers: Config['providers'],
  proxies: OutgoingProxies = NO_PROXIES,
): Promise<KeyVerdict | null> {
  const address = addressOf(providers[entry]);
  if (address === null) return null;
  const agents = new OutgoingAgents({ connectMs: PATIENCE_MS, proxies });
  const { url, headers } = address;
  try {
    const { statusCode: status, body } = await request(url, {
      headers: { accept: 'application/json', ...headers },
      dispatcher: agents.for(url),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    body.on('error', () => undefined).destroy(); // nobody reads it
    return { outcome: outcomeOf(status, url.startsWith('http:') && proxyFor(new URL(url), proxies) !== null), status };
  } catch (thrown) {
    if (!Error.isError(thrown)) throw thrown;
    return UNKNOWN; // whatever kept it from answering says nothing of the key
  } finally {
    await agents.close();
  }
}

/** @param isProxys true where the answer may be that of a proxy which forbids */
function outcomeOf(status: number, isProxys: boolean): KeyVerdict['outcome'] {
  if (status === 401 || status === 403) return isProxys ? 'unknown' : 'refused';
  return status >= 200 && status < 300 ? 'accepted' : 'unknown';
}
