import type { ModelClient, ModelEvent, ModelMessage, ModelRequest } from '@openclaw/language-model';
import { ScriptedModel, type ScriptedStep } from '@openclaw/models/testing';
import { until } from './until.js';

/** What a model does for one question: a list of turns, each a list of steps. */
export type Script = readonly (readonly ScriptedStep[])[];

/**
 * A ModelClient that a test directs by the text of the question, so that many runs can go on side by side. A question without a
 * script is answered with an echo of itself.
 */
export class DirectedModel implements ModelClient {
  readonly provider = 'scripted';
  readonly model = 'directed';
  readonly contextTokens = 128_000;
  readonly requests: ModelRequest[] = [];
  readonly #scripts = new Map<string, Script>();

  on(question: string, ...turns: Script): this {
    this.#scripts.set(question, turns);
    return this;
  }

  /** Resolves when the model has been asked that question. */
  async asked(question: string): Promise<ModelRequest> {
    return until(`the model is asked "${question}"`, () => this.requests.find((request) => questionOf(request.messages) === question));
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    this.requests.push(request);
    const question = questionOf(request.messages);
    const turn = turnsSince(request.messages);
    const script = this.#scripts.get(question) ?? [[`echo: ${question}`]];
    yield* new ScriptedModel([script[turn] ?? []], this).stream(request, signal);
  }
}

/** A step that never ends unless the run is stopped. */
export const HANG: ScriptedStep = { wait: () => new Promise(() => undefined) };

/** A step that waits until the test lets it go on. */
export function gate(): { readonly step: ScriptedStep; open(): void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    step: { wait: () => promise },
    open: () => {
      resolve(undefined);
    },
  };
}

function questionOf(messages: readonly ModelMessage[]): string {
  const question = messages.findLast((message) => message.role === 'user');
  return question?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('') ?? '';
}

function turnsSince(messages: readonly ModelMessage[]): number {
  const from = messages.findLastIndex((message) => message.role === 'user');
  return messages.slice(from).filter((message) => message.role === 'assistant').length;
}
