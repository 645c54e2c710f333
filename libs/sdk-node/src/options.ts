import { OpenClawError } from './errors.js';

/** How to reach a gateway. Everything has a default. */
export interface ClientOptions {
  /** `OPENCLAW_BASE_URL`, else `http://127.0.0.1:18789`. */
  readonly baseUrl?: string;
  /** `GATEWAY_AUTH_TOKEN` where it is left out. */
  readonly token?: string | undefined;
  /** Milliseconds that one call may take, its retries included; 10 minutes by default. */
  readonly timeoutMs?: number;
  /** How often a call is tried again; 4 by default. What goes on being answered is never given up for this. */
  readonly maxRetries?: number;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** In place of the global `WebSocket`, which Node has from version 22 on. */
  readonly WebSocket?: typeof WebSocket;
}

/** What one call may have of its own. */
export interface CallOptions {
  /** Aborts the call; the agent's work goes on unless `cancelOnAbort` says otherwise. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Where and how every request of one client goes. */
export interface Settings {
  readonly baseUrl: string;
  readonly token: string | null;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket | undefined;
}

const BASE_URL = 'http://127.0.0.1:18789';
const TIMEOUT_MS = 600_000;
const MAX_RETRIES = 4;

/** @throws OpenClawError where `baseUrl` is no http address */
export function settingsOf(options: ClientOptions): Settings {
  return {
    baseUrl: baseUrlOf(options.baseUrl ?? environment('OPENCLAW_BASE_URL') ?? BASE_URL),
    token: options.token ?? environment('GATEWAY_AUTH_TOKEN') ?? null,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxRetries: options.maxRetries ?? MAX_RETRIES,
    // Called with the name that it is found by later, so that what replaces it (a test, a polyfill) takes part.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    WebSocket: options.WebSocket ?? (globalThis as { WebSocket?: typeof WebSocket }).WebSocket, // not in Node 20
  };
}

function baseUrlOf(given: string): string {
  if (!/^https?:\/\/[^/]/.test(given) || !URL.canParse(given))
    throw new OpenClawError(`baseUrl must be an http or https address, such as ${BASE_URL}; it is ${JSON.stringify(given)}`);
  return given.replace(/\/$/, '').replace(/\/api\/v1$/, '');
}

function environment(name: string): string | undefined {
  const { process: host } = globalThis as { process?: { env?: Record<string, string | undefined> } }; // Node's, and nobody's in a browser
  const value = host?.env?.[name];
  return value === '' ? undefined : value;
}
