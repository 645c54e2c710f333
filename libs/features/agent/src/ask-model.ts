import { isBlank } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { ModelEvent, ModelRequest, ToolCall } from '@openclaw/language-model';
import type { DecidedStep } from './journal.types.js';
import type { Progress } from './progress.js';
import type { AgentFinishReason, AgentRun } from './agent-run.types.js';
import { unlessAborted } from './deadline.js';
import { PlainText } from './plain-text.js';
import { estimate, type Spent } from './spendings.js';

export type Decision = { readonly step: DecidedStep; readonly reason: AgentFinishReason } | { readonly fault: Fault } | 'stopped';

/** What a call counts beside its words: a turn of nothing but calls must end too. */
const CALL_CHARACTERS = 500;

type Finish = Extract<ModelEvent, { type: 'finish' }>;

/** One turn of the model: its text is emitted as it comes, its calls are returned. The conversation is not changed. */
export async function askModel(options: AgentRun, progress: Progress): Promise<Decision> {
  const turn = new Turn(options, progress);
  try {
    await unlessAborted(read(options, requestOf(options, progress), turn), options.signal);
    return turn.decision();
  } catch (error) {
    progress.spentUnknown(hasBegun(error, turn, options.signal) ? turn.estimate() : null);
    if (options.signal.aborted) return 'stopped';
    if (error instanceof Fault) return { fault: error };
    throw error;
  }
}

/** Whether the provider may charge for what it never counted. */
function hasBegun(error: unknown, turn: Turn, signal: AbortSignal): boolean {
  return turn.received > 0 || signal.aborted || (error instanceof Fault && error.details['billed'] === true);
}

/** Says nothing more once the run is over, also where the model goes on. */
async function read({ model, signal }: AgentRun, request: ModelRequest, turn: Turn): Promise<void> {
  for await (const event of model.stream(request, signal)) {
    if (signal.aborted || !turn.take(event)) break;
  }
}

function requestOf({ tools, route, fit, maxOutputTokens }: AgentRun, progress: Progress): ModelRequest {
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
  readonly #thoughts = new PlainText();
  #text: string[] = [];
  /** What came before anything could be seen: said with the first word, or never. */
  #lead = '';
  #calls: ToolCall[] = [];
  #characters = 0;
  #finish: Finish | null = null;
  #cut = false;
  /** `provider/model` that is answering. */
  #answering: string;

  constructor(options: AgentRun, progress: Progress) {
    this.#options = options;
    this.#progress = progress;
    this.#answering = `${options.model.provider}/${options.model.model}`;
  }

  /** Characters of what the model has written. */
  get received(): number {
    return this.#characters;
  }

  /** What this turn comes to where its provider does not say. */
  estimate(): Spent {
    return estimate(this.#answering, this.#progress.messages, this.#characters);
  }

  /** False once nothing more may be read. */
  take(event: ModelEvent): boolean {
    switch (event.type) {
      case 'text':
        this.#say(this.#plain.next(event.text));
        break;
      case 'tool_call':
        this.#calls.push(event.call);
        this.#characters += event.call.argumentsJson.length + event.call.name.length + event.call.callId.length + CALL_CHARACTERS;
        break;
      case 'restart':
        this.#restart(`${event.provider}/${event.model}`);
        break;
      case 'finish':
        this.#finish = event;
        break;
      case 'thinking':
        this.#think(event.text);
        break;
    }
    this.#cut = this.#characters > this.#options.limits.turnCharactersMax;
    return !this.#cut;
  }

  decision(): Decision {
    this.#say(this.#plain.end());
    const text = this.#text.join('');
    if (this.#cut) {
      this.#progress.spentUnknown(this.estimate());
      return { step: { text, calls: [], usage: { input: 0, output: 0 }, model: this.#progress.model, costUsd: null }, reason: 'length' };
    }
    if (!this.#finish) throw unfinished(this.#options.model.provider);
    const { cachedInput = 0, costUsd, provider, model, reason, state } = this.#finish;
    const usage = { ...this.#finish.usage, ...(cachedInput > 0 ? { cachedInput } : {}) };
    this.#progress.spent({ usage, costUsd, model: `${provider}/${model}` });
    const step = {
      text,
      calls: this.#progress.nameCalls(this.#calls),
      usage,
      model: `${provider}/${model}`,
      costUsd,
      ...(state ? { state } : {}),
    };
    return { step, reason: reason === 'tool_calls' ? 'other' : reason };
  }

  #think(text: string): void {
    this.#characters += text.length;
    const content = this.#thoughts.next(text);
    if (this.#options.thinking === true && content !== '') this.#options.emit({ type: 'thinking', content });
  }

  #say(piece: string): void {
    if (piece === '') return;
    this.#characters += piece.length;
    const text = this.#lead + piece;
    const isSilent = this.#text.length === 0 && isBlank(text);
    this.#lead = isSilent ? text : '';
    if (isSilent) return;
    this.#text.push(text);
    this.#progress.say(text);
  }

  /** @param next who goes on: what another one had begun is charged all the same */
  #restart(next: string): void {
    if (next !== this.#answering && this.#characters > 0) this.#progress.spentInVain(this.estimate());
    this.#answering = next;
    this.#plain.end();
    this.#text = [];
    this.#lead = '';
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
