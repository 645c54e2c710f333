import { isBlank, toPlainJson, toPlainText } from '@openclaw/words';
import type { ProviderState, ToolCall } from '@openclaw/language-model';
import type { PromptAssistantPart, ProviderNotes } from './prompt.types.js';

type Told = { type: 'text' | 'reasoning'; text: string; providerOptions?: ProviderNotes };
type Called = { type: 'tool-call'; toolCallId: string; toolName: string; providerOptions?: ProviderNotes };

/** Gathers a turn in the order and with the notes that its provider wants to see again with the results of its calls. */
export class TurnRecorder {
  readonly #parts = new Map<string, Told | Called>();
  #isPlain = true;

  /** Adds to the part of that key; the first time it begins one. Thoughts are worth keeping even without a note. */
  tell(key: string, type: Told['type'], text: string): void {
    const part = this.#parts.get(key);
    if (part?.type === type) part.text += text;
    else if (!part) this.#parts.set(key, { type, text });
    if (type === 'reasoning') this.#isPlain = false;
  }

  /** What was told as text was none. */
  dropText(): void {
    for (const [key, part] of this.#parts) if (part.type === 'text') this.#parts.delete(key);
  }

  call(key: string): void {
    if (!this.#parts.has(key)) this.#parts.set(key, { type: 'tool-call', toolCallId: key, toolName: '' });
  }

  /** What the provider says of a part that has begun; later notes are added to earlier ones. */
  note(key: string, wire: string, notes: Readonly<Record<string, unknown>>): void {
    const part = this.#parts.get(key);
    if (!part) return;
    part.providerOptions = { ...part.providerOptions, [wire]: { ...part.providerOptions?.[wire], ...notes } };
    this.#isPlain = false;
  }

  /** undefined where text and calls are all there is to know. `calls` are the keys of those that were taken. */
  state(model: string, calls: ReadonlySet<string>): ProviderState | undefined {
    const kept = [...this.#parts].filter(([key, part]) => part.type !== 'tool-call' || calls.has(key));
    return this.#isPlain ? undefined : { model, json: JSON.stringify(kept.map(([, part]) => part)) };
  }
}

/**
 * The assistant's parts as their provider sent them, under our names and ids of the calls; null where another model wrote them, or
 * other calls. The calls' order is the link. Text in which nothing can be seen is left out: no provider takes back its own.
 */
export function restoreParts(state: ProviderState | undefined, model: string, calls: readonly ToolCall[]): PromptAssistantPart[] | null {
  if (state?.model !== model) return null;
  const parts = JSON.parse(state.json) as (Told | Called)[]; // written by TurnRecorder, kept by our own journal
  if (parts.filter((part) => part.type === 'tool-call').length !== calls.length) return null;
  let index = 0;
  return parts.flatMap((part): PromptAssistantPart[] => {
    if (part.type === 'text') return isBlank(part.text) && !part.providerOptions ? [] : [{ ...part, text: toPlainText(part.text) }];
    if (part.type !== 'tool-call') return [part];
    const call = calls[index];
    index += 1;
    return call ? [{ ...part, toolCallId: call.callId, toolName: call.name, input: inputOf(call) }] : [];
  });
}

/** A call's arguments as providers take them back: an object of plain text, also where the model wrote none. */
export function inputOf(call: ToolCall): unknown {
  try {
    const value: unknown = JSON.parse(call.argumentsJson);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? toPlainJson(value) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
