import { Fault } from '@openclaw/errors';
import type { ModelEvent, ToolCall } from '@openclaw/models';
import type { DecidedStep } from './journal.types.js';
import type { Progress } from './progress.js';
import type { AgentFinishReason, AgentRun } from './run-agent.js';
import { PlainText } from './plain-text.js';

export type Decision = { readonly step: DecidedStep; readonly reason: AgentFinishReason } | { readonly fault: Fault } | 'stopped';

type Finish = Extract<ModelEvent, { type: 'finish' }>;

/** One turn of the model: its text is emitted as it comes, its calls are returned. The conversation is not changed. */
export async function askModel(options: AgentRun, progress: Progress): Promise<Decision> {
  try {
    const turn = new Turn(options, progress);
    for await (const event of options.model.stream(requestOf(options, progress), options.signal)) {
      if (!turn.take(event)) break;
    }
    return turn.decision();
  } catch (error) {
    progress.spentUnknown();
    if (options.signal.aborted) return 'stopped';
    if (error instanceof Fault) return { fault: error };
    throw error;
  }
}

function requestOf({ tools, route, fit, maxOutputTokens }: AgentRun, progress: Progress): Parameters<AgentRun['model']['stream']>[0] {
  return {
    messages: progress.messages,
    tools: tools.map((tool) => tool.definition),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(route === undefined ? {} : { route }),
    ...(fit === undefined ? {} : { fit }),
  };
}

class Turn {
  readonly #options: AgentRun;
  readonly #progress: Progress;
  readonly #plain = new PlainText();
  #text: string[] = [];
  #calls: ToolCall[] = [];
  #characters = 0;
  #finish: Finish | null = null;
  #cut = false;

  constructor(options: AgentRun, progress: Progress) {
    this.#options = options;
    this.#progress = progress;
  }

  /** False once nothing more may be read. */
  take(event: ModelEvent): boolean {
    switch (event.type) {
      case 'text':
        this.#say(this.#plain.next(event.text));
        break;
      case 'tool_call':
        this.#calls.push(event.call);
        this.#characters += event.call.argumentsJson.length;
        break;
      case 'restart':
        this.#restart();
        break;
      case 'finish':
        this.#finish = event;
        break;
    }
    this.#cut = this.#characters > this.#options.limits.turnCharactersMax;
    return !this.#cut;
  }

  decision(): Decision {
    this.#say(this.#plain.end());
    const text = this.#text.join('');
    if (this.#cut) {
      this.#progress.spentUnknown();
      return { step: { text, calls: [], usage: { input: 0, output: 0 }, model: this.#progress.model, costUsd: null }, reason: 'length' };
    }
    if (!this.#finish) throw unfinished(this.#options.model.provider);
    const { usage, costUsd, provider, model, reason, state } = this.#finish;
    this.#progress.spent({ usage, costUsd, model: `${provider}/${model}` });
    const step = { text, calls: this.#progress.nameCalls(this.#calls), usage, model: `${provider}/${model}`, costUsd, ...(state ? { state } : {}) };
    return { step, reason: reason === 'tool_calls' ? 'other' : reason };
  }

  #say(text: string): void {
    if (text === '') return;
    this.#text.push(text);
    this.#characters += text.length;
    this.#progress.say(text);
  }

  #restart(): void {
    this.#plain.end();
    this.#text = [];
    this.#calls = [];
    this.#characters = 0;
    this.#progress.restart();
  }
}

function unfinished(provider: string): Fault {
  return new Fault('upstream_error', 'The model’s reply broke off. Try again.', {
    details: { provider, upstream_status: null, retryable: true },
  });
}
