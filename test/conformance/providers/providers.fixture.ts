import { configSchema, type ProviderConfig } from '@openclaw/words';
import type { z } from 'zod';
import { createModel, type Clock, type ModelRouter, type ModelTimeouts } from '@openclaw/models';
import { silentLogger } from '@openclaw/telemetry';
import { anthropicWire } from './anthropic-wire.fixture.js';
import { chatCompletionsWire } from './chat-completions-wire.fixture.js';
import { googleWire } from './google-wire.fixture.js';
import { openaiWire } from './openai-wire.fixture.js';
import type { WireServer } from './wire-server.fixture.js';
import type { Wire } from './wire.types.js';

/** Every provider that can be configured, by the way it speaks. */
export const WIRES: readonly Wire[] = [
  anthropicWire,
  openaiWire,
  googleWire,
  chatCompletionsWire('ollama', 'llama3.2'),
  chatCompletionsWire('openai-compatible', 'some-model'),
];

/** The other provider, in tests of failover. */
export const SECOND = chatCompletionsWire('openai-compatible', 'second-model');

/** Limits that no healthy local server meets. */
export const PATIENT: ModelTimeouts = { connectMs: 5_000, firstTokenMs: 20_000, stallMs: 20_000 };

/** A clock that does not wait, and remembers for how long it should have. */
export class HurriedClock implements Clock {
  readonly sleeps: number[] = [];

  now(): number {
    return performance.now();
  }

  random(): number {
    return 0;
  }

  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    return Promise.resolve();
  }
}

/** The entry of the configuration for a provider that the server plays. */
export function entryFor(wire: Wire, server: WireServer): ProviderConfig {
  return { type: wire.type, model: wire.model, api_key: 'test-key-0123456789', base_url: wire.baseUrl(server.origin) };
}

/** What the worker makes of such a configuration. */
export function modelFor(
  providers: z.input<typeof configSchema>['providers'],
  timeouts: ModelTimeouts = PATIENT,
  clock: Clock = new HurriedClock(),
): ModelRouter {
  return createModel({ providers: configSchema.parse({ providers }).providers, timeouts, logger: silentLogger(), clock });
}
