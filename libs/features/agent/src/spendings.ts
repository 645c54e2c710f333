import type { ModelMessage, ModelSpending, ModelUsage } from '@openclaw/language-model';

/** Of what nobody has counted. */
const CHARACTERS_PER_TOKEN = 4;

/** What one request came to. */
export interface Spent {
  /** `provider/model` */
  readonly model: string;
  readonly usage: ModelUsage;
  readonly costUsd: number | null;
  readonly estimated?: boolean;
}

/** What a run has asked of models, by model. */
export class Spendings {
  readonly #byModel = new Map<string, ModelSpending>();

  get all(): readonly ModelSpending[] {
    return [...this.#byModel.values()];
  }

  add({ model, usage, costUsd, estimated = false }: Spent): void {
    const before = this.#byModel.get(model) ?? {
      model,
      requests: 0,
      input: 0,
      cachedInput: 0,
      output: 0,
      reasoning: 0,
      costUsd: 0,
      estimated: false,
    };
    this.#byModel.set(model, {
      model,
      requests: before.requests + 1,
      input: before.input + usage.input,
      cachedInput: before.cachedInput + (usage.cachedInput ?? 0),
      output: before.output + usage.output,
      reasoning: before.reasoning + (usage.reasoning ?? 0),
      costUsd: before.costUsd === null || costUsd === null ? null : before.costUsd + costUsd,
      estimated: before.estimated || estimated,
    });
  }
}

/** What a request came to whose provider never said so: it was read whole, and written as far as was received. */
export function estimate(model: string, messages: readonly ModelMessage[], receivedCharacters: number): Spent {
  const characters = messages.reduce((sum, message) => sum + charactersOf(message), 0);
  return { model, usage: { input: tokensOf(characters), output: tokensOf(receivedCharacters) }, costUsd: null, estimated: true };
}

function charactersOf(message: ModelMessage): number {
  if (message.role !== 'user') return message.text.length;
  return message.parts.reduce(
    (sum, part) => sum + (part.type === 'text' ? part.text.length : 0),
    (message.note ?? '').length + (message.finds ?? '').length,
  );
}

function tokensOf(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
