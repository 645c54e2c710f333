import { isDeepStrictEqual } from 'node:util';
import type { Config, ProviderHealth } from '@openclaw/words';
import type { ModelClient, ModelEvent, ModelRequest } from '@openclaw/language-model';
import type { Settings } from '@openclaw/settings';

/** A model that can say how its providers do. */
export interface WorkerModel extends ModelClient {
  health(): ProviderHealth[];
  close(): Promise<void>;
}

/** A model for one piece of work. */
export interface HeldModel {
  readonly model: ModelClient;
  /** Tells that it is not needed any more. */
  readonly release: () => void;
}

interface Generation {
  readonly model: WorkerModel;
  holders: number;
}

/**
 * The model behind the configuration as it is now. What has begun keeps the model that it began with; a replaced one is closed when
 * nobody holds it any more.
 */
export class LiveModel implements WorkerModel {
  readonly #create: (config: Config) => WorkerModel;
  readonly #stopListening: () => void;
  #current: Generation;

  constructor(settings: Settings, create: (config: Config) => WorkerModel) {
    this.#create = create;
    this.#current = { model: create(settings.get()), holders: 0 };
    this.#stopListening = settings.onChange((now, before) => {
      if (!isDeepStrictEqual(shapeOf(now), shapeOf(before))) this.#replace(now);
    });
  }

  get provider(): string {
    return this.#current.model.provider;
  }

  get model(): string {
    return this.#current.model.model;
  }

  get contextTokens(): number {
    return this.#current.model.contextTokens;
  }

  /** The model of now, until it is released. */
  hold(): HeldModel {
    const generation = this.#current;
    generation.holders += 1;
    let isHeld = true;
    return {
      model: generation.model,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        generation.holders -= 1;
        this.#closeUnneeded(generation);
      },
    };
  }

  /** One request, to the model of now. */
  async *stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const { model, release } = this.hold();
    try {
      yield* model.stream(request, signal);
    } finally {
      release();
    }
  }

  health(): ProviderHealth[] {
    return this.#current.model.health();
  }

  async close(): Promise<void> {
    this.#stopListening();
    await this.#current.model.close();
  }

  #replace(config: Config): void {
    const old = this.#current;
    this.#current = { model: this.#create(config), holders: 0 };
    this.#closeUnneeded(old);
  }

  #closeUnneeded(generation: Generation): void {
    if (generation.holders === 0 && generation !== this.#current) void generation.model.close();
  }
}

/** What a model is made of. */
function shapeOf({ providers, agent }: Config): unknown {
  return [providers, agent.connect_timeout_ms, agent.first_token_timeout_ms, agent.stall_timeout_ms];
}
