import type { LanguageModelV4Message, LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { isBlank, toPlainJson, toPlainText } from '@openclaw/words';
import type { ProviderState, ToolCall } from './model-client.types.js';

type AssistantPart = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number];
type Told = { type: 'text' | 'reasoning'; text: string; providerOptions?: SharedV4ProviderMetadata };
type Called = { type: 'tool-call'; toolCallId: string; toolName: string; providerOptions?: SharedV4ProviderMetadata };

/** Gathers a turn in the order and with the notes that its provider wants to see again with the results of its calls. */
export class TurnRecorder {
  readonly #parts: (Told | Called)[] = [];
  readonly #open = new Map<string, Told>();
  #isPlain = true;

  take(part: LanguageModelV4StreamPart): void {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start':
        this.#start(part.id, part.type === 'text-start' ? 'text' : 'reasoning');
        break;
      case 'text-delta':
      case 'reasoning-delta':
        this.#append(part.id, part.delta);
        break;
      case 'tool-call':
        this.#parts.push({ type: 'tool-call', toolCallId: part.toolCallId, toolName: part.toolName });
        break;
      default:
        return;
    }
    if (part.providerMetadata) this.#note(part.type === 'tool-call' ? part.toolCallId : part.id, part.providerMetadata);
  }

  /** Notes on a part that is over; Anthropic signs a thinking block at its end. */
  end(id: string, metadata: SharedV4ProviderMetadata | undefined): void {
    if (metadata) this.#note(id, metadata);
    this.#open.delete(id);
  }

  /** undefined where text and calls are all there is to know. */
  state(model: string): ProviderState | undefined {
    return this.#isPlain ? undefined : { model, json: JSON.stringify(this.#parts) };
  }

  #start(id: string, type: Told['type']): void {
    const part: Told = { type, text: '' };
    this.#parts.push(part);
    this.#open.set(id, part);
    if (type === 'reasoning') this.#isPlain = false;
  }

  #append(id: string, delta: string): void {
    const part = this.#open.get(id);
    if (part) part.text += delta;
  }

  #note(id: string, metadata: SharedV4ProviderMetadata): void {
    const part = this.#open.get(id) ?? this.#parts.find((called) => called.type === 'tool-call' && called.toolCallId === id);
    if (!part) return;
    part.providerOptions = { ...part.providerOptions, ...metadata };
    this.#isPlain = false;
  }
}

/**
 * The assistant's parts as their provider sent them, under our names and ids of the calls; null where another model wrote them, or
 * other calls. The calls' order is the link. Text in which nothing can be seen is left out: no provider takes back its own.
 */
export function restoreParts(state: ProviderState | undefined, model: string, calls: readonly ToolCall[]): AssistantPart[] | null {
  if (state?.model !== model) return null;
  const parts = JSON.parse(state.json) as (Told | Called)[]; // written by TurnRecorder, kept by our own journal
  if (parts.filter((part) => part.type === 'tool-call').length !== calls.length) return null;
  let index = 0;
  return parts.flatMap((part): AssistantPart[] => {
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
