import { isDeepStrictEqual } from 'node:util';
import type { Config, EmbedderHealth, EmbeddingsConfig } from '@openclaw/words';
import type { QuestionVector } from '@openclaw/feature';
import { OutgoingAgents, type OutgoingProxies } from '@openclaw/net';
import type { Logger } from '@openclaw/telemetry';
import { type Embedder, EmbeddingTrouble, type Purpose } from './embedder.types.js';
import { HttpEmbedder } from './http-embedder.js';
import type { QuestionSource } from './limited-questions.js';

/** The model that the service `embedder` brings; part of what is stored. */
export const BUNDLED_MODEL = 'multilingual-e5-small-q4';
export const BUNDLED_DIMENSIONS = 384;
const BUNDLED_URL = 'http://embedder:18790/v1';
const CONNECT_MS = 2000;

export interface LiveEmbedderOptions {
  readonly config: () => Pick<Config['memory'], 'embeddings'>;
  readonly proxies: OutgoingProxies;
  readonly logger: Logger;
}

/** The embedder of the configuration as it is now, and how it is doing. */
export class LiveEmbedder implements QuestionSource {
  readonly #options: LiveEmbedderOptions;
  readonly #agents: OutgoingAgents;
  #made: { readonly config: EmbeddingsConfig; readonly embedder: Embedder | null };
  #trouble: string | null = null;
  #state: EmbedderHealth['state'] = 'unknown';

  constructor(options: LiveEmbedderOptions) {
    this.#options = options;
    this.#agents = new OutgoingAgents({ connectMs: CONNECT_MS, proxies: options.proxies });
    this.#made = this.#make();
  }

  get config(): EmbeddingsConfig {
    return this.#options.config().embeddings;
  }

  get provider(): string | null {
    const { provider } = this.config;
    return provider === 'off' ? null : provider;
  }

  /** null where the configuration wants none. */
  current(): Embedder | null {
    if (!isDeepStrictEqual(this.#made.config, this.config)) {
      this.#made = this.#make();
      [this.#state, this.#trouble] = ['unknown', null];
    }
    return this.#made.embedder;
  }

  async vectorOf(question: string, signal: AbortSignal): Promise<QuestionVector> {
    const embedder = this.current();
    if (!embedder) throw new EmbeddingTrouble('away', 'there is no embedder');
    const [numbers] = await this.#noting(() => embedder.embed([question], 'question', signal), signal);
    if (!numbers) throw new EmbeddingTrouble('wrong', 'it gave no vector');
    return { embedder: embedder.name, numbers };
  }

  /** Vectors for entries, within the time that the configuration gives. @throws EmbeddingTrouble */
  async embed(embedder: Embedder, texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.config.timeout_ms)]);
    return this.#noting(() => embedder.embed(texts, 'entry', limit), signal);
  }

  /** Whether it does, asked of it where that is not known: what is found out shows in {@link health}. */
  async probe(signal: AbortSignal): Promise<boolean> {
    const embedder = this.current();
    if (embedder === null || this.#state === 'ok') return embedder !== null;
    return this.embed(embedder, ['ready?'], signal).then(
      () => true,
      () => false,
    ); // noted already
  }

  /** For /status, by way of this process's sign of life. */
  health(): EmbedderHealth {
    const { provider, model } = this.config;
    return {
      provider,
      model: provider === 'bundled' ? BUNDLED_MODEL : (model ?? ''),
      state: provider === 'off' ? 'off' : this.#state,
      last_error: this.#trouble,
    };
  }

  async close(): Promise<void> {
    await this.#agents.close();
  }

  /** Says once that it is away, and once that it is back. @param given whoever aborts by it was in a hurry, which says nothing */
  async #noting<T>(work: () => Promise<T>, given: AbortSignal): Promise<T> {
    try {
      const result = await work();
      if (this.#state === 'unavailable') this.#options.logger.info({}, 'the embedder is back');
      [this.#state, this.#trouble] = ['ok', null];
      return result;
    } catch (thrown) {
      if (thrown instanceof EmbeddingTrouble && thrown.kind !== 'refused' && !given.aborted) this.#noteTrouble(thrown);
      throw thrown;
    }
  }

  #noteTrouble({ message }: EmbeddingTrouble): void {
    if (this.#state !== 'unavailable')
      this.#options.logger.warn({ provider: this.config.provider, reason: message }, 'no embedder: memory is searched by words alone');
    [this.#state, this.#trouble] = ['unavailable', message];
  }

  #make(): { config: EmbeddingsConfig; embedder: Embedder | null } {
    const { config } = this;
    return {
      config,
      embedder:
        config.provider === 'off'
          ? null
          : new HttpEmbedder({ ...optionsOf(config), apiKey: config.api_key, dispatcherFor: (url) => this.#agents.for(url) }),
    };
  }
}

type Chosen = Pick<
  ConstructorParameters<typeof HttpEmbedder>[0],
  'name' | 'baseUrl' | 'model' | 'dimensions' | 'prefix' | 'fields' | 'isOurs'
>;

/** The bundled one puts its own prefixes before what it is given, by `input_type`, which strict servers refuse. */
function optionsOf({
  provider,
  base_url: address,
  model = '',
  dimensions,
  question_prefix: question,
  entry_prefix: entry,
}: EmbeddingsConfig): Chosen {
  const prefix = (purpose: Purpose): string => (purpose === 'question' ? question : entry);
  if (provider === 'bundled') {
    const fields = (purpose: Purpose): object => ({ input_type: purpose === 'question' ? 'query' : 'passage', encoding_format: 'base64' });
    return {
      name: `bundled/${BUNDLED_MODEL}`,
      baseUrl: address ?? BUNDLED_URL,
      model: BUNDLED_MODEL,
      dimensions: BUNDLED_DIMENSIONS,
      prefix,
      fields,
      isOurs: true,
    };
  }
  const made = [
    model,
    ...(dimensions === undefined ? [] : [`@${String(dimensions)}`]),
    ...(entry === '' ? [] : [` ${JSON.stringify(entry)}`]),
  ].join('');
  return { name: `${provider}/${made}`, baseUrl: address ?? '', model, dimensions: dimensions ?? null, prefix };
}
