import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { type OutgoingProxies, proxyFor } from './outgoing-proxies.js';

/** How connections go out. */
export interface OutgoingAgentsOptions {
  /** Until a connection is open, TLS included; to the proxy where there is one. */
  readonly connectMs: number;
  readonly proxies: OutgoingProxies;
}

/**
 * The clients by which this process reaches others: straight, or through the proxy that the address wants. Connections are kept and
 * shared. Heads and bodies have no limits of their own here: whoever asks brings a signal.
 */
export class OutgoingAgents {
  readonly #options: OutgoingAgentsOptions;
  readonly #straight: Agent;
  readonly #proxied = new Map<string, ProxyAgent>();

  constructor(options: OutgoingAgentsOptions) {
    this.#options = options;
    this.#straight = new Agent({ connect: { timeout: options.connectMs }, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** The client for that address. */
  for(url: string): Dispatcher {
    const uri = proxyFor(new URL(url), this.#options.proxies);
    if (uri === null) return this.#straight;
    const known = this.#proxied.get(uri);
    if (known) return known;
    const agent = throughProxy(uri, this.#options.connectMs);
    this.#proxied.set(uri, agent);
    return agent;
  }

  /** Closes idle connections; those in use finish first. */
  async close(): Promise<void> {
    await Promise.all([this.#straight, ...this.#proxied.values()].map((agent) => agent.close()));
  }
}

/** https goes through a tunnel; http is asked of the proxy itself, since many allow a tunnel to port 443 alone. */
function throughProxy(uri: string, connectMs: number): ProxyAgent {
  const timeout = connectMs;
  return new ProxyAgent({
    uri,
    proxyTunnel: false,
    connectTimeout: timeout,
    proxyTls: { timeout },
    requestTls: { timeout },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}
