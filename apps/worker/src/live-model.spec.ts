import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '@openclaw/config';
import type { Settings } from '@openclaw/settings';
import type { Config } from '@openclaw/words';
import { LiveModel, type WorkerModel } from './live-model.js';

const load = (env: Readonly<Record<string, string>>): Config => loadConfig({ env, homeDir: '/nonexistent' });
const named = (model: string): Config => load({ OPENCLAW_PROVIDERS__PRIMARY__TYPE: 'ollama', OPENCLAW_PROVIDERS__PRIMARY__MODEL: model });

class SettableSettings implements Settings {
  #config = named('first');
  #listener: (now: Config, before: Config) => void = () => undefined;

  get(): Config {
    return this.#config;
  }

  onChange(listener: (now: Config, before: Config) => void): () => void {
    this.#listener = listener;
    return () => undefined;
  }

  set(config: Config): void {
    const before = this.#config;
    this.#config = config;
    this.#listener(config, before);
  }
}

describe('LiveModel', () => {
  function stage(): { settings: SettableSettings; live: LiveModel; closed: string[] } {
    const settings = new SettableSettings();
    const closed: string[] = [];
    const live = new LiveModel(settings, ({ providers }): WorkerModel => {
      const model = providers.primary?.model ?? '';
      return {
        provider: 'test',
        model,
        contextTokens: 1000,
        stream: async function* () {
          await Promise.resolve();
          yield { type: 'text', text: model };
        },
        health: () => [],
        close: () => {
          closed.push(model);
          return Promise.resolve();
        },
      };
    });
    return { settings, live, closed };
  }

  async function say(live: LiveModel): Promise<string> {
    let said = '';
    for await (const event of live.stream({ messages: [], tools: [] }, new AbortController().signal))
      if (event.type === 'text') said += event.text;
    return said;
  }

  it('what begins takes the new providers, what has begun keeps the old ones to its end; then those are closed', async () => {
    const { settings, live, closed } = stage();
    const held = live.hold();
    settings.set(named('second'));
    expect([held.model.model, live.model, await say(live)]).toEqual(['first', 'second', 'second']);
    expect(closed).toEqual([]);
    held.release();
    held.release();
    expect(closed).toEqual(['first']);
    await live.close();
    expect(closed).toEqual(['first', 'second']);
  });

  it('one that nobody holds is closed at once, and a change of something else changes no model', () => {
    const { settings, live, closed } = stage();
    settings.set(
      load({ OPENCLAW_PROVIDERS__PRIMARY__TYPE: 'ollama', OPENCLAW_PROVIDERS__PRIMARY__MODEL: 'first', OPENCLAW_AGENT__MAX_TURNS: '3' }),
    );
    expect(closed).toEqual([]);
    settings.set(named('second'));
    expect([closed, live.model]).toEqual([['first'], 'second']);
  });
});
