import type { Config } from '@openclaw/words';
import { createModel, type ModelRouter } from '@openclaw/models';
import { toProxies } from '@openclaw/net';
import type { Logger } from '@openclaw/telemetry';

/** The model behind the providers of the configuration, within its time limits. */
export function createConfiguredModel({ providers, agent, proxy }: Config, logger: Logger): ModelRouter {
  const timeouts = { connectMs: agent.connect_timeout_ms, firstTokenMs: agent.first_token_timeout_ms, stallMs: agent.stall_timeout_ms };
  return createModel({ providers, timeouts, logger, proxies: toProxies(proxy) });
}
