import { boundaryAfter, boundaryBefore, isBlank, toPlainText } from '@openclaw/words';
import { CallIds } from './call-ids.js';
import type { ModelMessage, ToolCall, UserPart } from '@openclaw/language-model';

type SystemMessage = Extract<ModelMessage, { role: 'system' }>;
type UserMessage = Extract<ModelMessage, { role: 'user' }>;
type AssistantMessage = Extract<ModelMessage, { role: 'assistant' }>;
type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

/** Who reads the messages. */
export interface RepairOptions {
  /** `provider/model` */
  readonly reader: string;
  /** Whether tools go along; without them no provider takes calls, so they are told as text. */
  readonly offersTools: boolean;
}

const NO_RESULT = 'There is no record of what this call came to.';
const NO_OUTPUT = '(no output)';
const LEFT_OUT = '(Earlier messages are left out.)';
const NO_REPLY = '(There was no reply.)';
const NO_MESSAGE = '(There was no message.)';
const GO_ON = '(Go on.)';
/** OpenAI takes strings of 1,048,576 characters. */
const TEXT_CHARACTERS_MAX = 1_000_000;
const NAME_CHARACTERS_MAX = 64;

/**
 * Messages that the strictest provider takes, whatever happened before: system messages first, then user and assistant by turns,
 * beginning and ending with the user (or with results); no text in which nothing can be seen, none that is not plain or too long;
 * every call directly followed by its one result and no result without its call; ids unique and of the reader's kind, names of tools
 * `^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$`. What was in order stays as it is, so that prompts of one conversation begin alike.
 */
export function repairMessages(messages: readonly ModelMessage[], { reader, offersTools }: RepairOptions): ModelMessage[] {
  const system = messages
    .filter((message) => message.role === 'system')
    .map(({ text }): SystemMessage => ({ role: 'system', text: fit(text) }));
  const results = new Results(messages);
  const ids = new CallIds(reader);
  const turns = messages.flatMap((message, index): ModelMessage[] => {
    if (message.role === 'user') return userTurn(message);
    if (message.role !== 'assistant') return []; // a result stands with its call
    const turn = assistantTurn(message, (call) => results.take(call, index), ids);
    return offersTools ? turn : asText(turn);
  });
  return [...system.filter(({ text }) => !isBlank(text)), ...alternate(turns)];
}

/** Each result goes to one call, which came before it. */
class Results {
  readonly #waiting = new Map<string, { readonly index: number; readonly message: ToolMessage }[]>();

  constructor(messages: readonly ModelMessage[]) {
    messages.forEach((message, index) => {
      if (message.role !== 'tool') return;
      const waiting = this.#waiting.get(message.callId) ?? [];
      this.#waiting.set(message.callId, [...waiting, { index, message }]);
    });
  }

  take({ callId, name }: ToolCall, after: number): ToolMessage {
    const waiting = this.#waiting.get(callId) ?? [];
    const at = waiting.findIndex(({ index }) => index > after);
    const [found] = at < 0 ? [] : waiting.splice(at, 1);
    return found?.message ?? { role: 'tool', callId, name, text: NO_RESULT, failed: true };
  }
}

function userTurn({ parts, note = '', finds = '' }: UserMessage): UserMessage[] {
  const seen = parts
    .map((part): UserPart => ('text' in part ? { ...part, text: fit(part.text) } : part))
    .filter((part) => !('text' in part) || !isBlank(part.text));
  if (seen.length === 0) return [];
  return [{ role: 'user', parts: seen, ...(isBlank(note) ? {} : { note: fit(note) }), ...(isBlank(finds) ? {} : { finds: fit(finds) }) }];
}

function assistantTurn(
  message: AssistantMessage,
  resultOf: (call: ToolCall) => ToolMessage,
  ids: CallIds,
): (AssistantMessage | ToolMessage)[] {
  const text = isBlank(message.text) ? '' : fit(message.text);
  if (text === '' && message.calls.length === 0) return [];
  const calls = message.calls.map((call) => ({
    call: { ...call, callId: ids.next(call.callId, message.model), name: toToolName(call.name) },
    result: resultOf(call),
  }));
  return [
    { ...message, text, calls: calls.map(({ call }) => call) },
    ...calls.map(({ call: { callId, name }, result }): ToolMessage => ({
      ...result,
      callId,
      name,
      text: isBlank(result.text) ? NO_OUTPUT : fit(result.text),
    })),
  ];
}

/** A turn with calls and their results, told. */
function asText(turn: readonly (AssistantMessage | ToolMessage)[]): ModelMessage[] {
  const [said] = turn;
  if (said?.role !== 'assistant' || said.calls.length === 0) return [...turn];
  const calls = said.calls.map(({ name, argumentsJson }) => `[called ${name} with ${argumentsJson || '{}'}]`);
  const results = turn.flatMap((message) =>
    message.role === 'tool' ? [`[${message.name} ${message.failed ? 'failed' : 'answered'}: ${message.text}]`] : [],
  );
  return [
    { role: 'assistant', text: fit([said.text, ...calls].filter((text) => text !== '').join('\n')), calls: [] },
    { role: 'user', parts: [{ type: 'text', text: fit(results.join('\n')) }] },
  ];
}

/** Who said nothing is said to have said nothing: joined, two questions would be taken for one. */
function alternate(turns: readonly ModelMessage[]): ModelMessage[] {
  const told: ModelMessage[] = [];
  for (const message of turns) told.push(...between(told.at(-1), message), message);
  const last = told.at(-1);
  return last?.role === 'user' || last?.role === 'tool' ? told : [...told, user(last ? GO_ON : LEFT_OUT)];
}

function between(last: ModelMessage | undefined, next: ModelMessage): ModelMessage[] {
  if (next.role === 'tool') return [];
  if (next.role === 'user') return last === undefined || last.role === 'assistant' ? [] : [assistant(NO_REPLY)];
  if (last === undefined) return [user(LEFT_OUT)];
  return last.role === 'assistant' ? [user(NO_MESSAGE)] : [];
}

function user(text: string): UserMessage {
  return { role: 'user', parts: [{ type: 'text', text }] };
}

function assistant(text: string): AssistantMessage {
  return { role: 'assistant', text, calls: [] };
}

function fit(text: string): string {
  const plain = toPlainText(text);
  if (plain.length <= TEXT_CHARACTERS_MAX) return plain;
  const half = TEXT_CHARACTERS_MAX / 2 - 4;
  return `${plain.slice(0, boundaryBefore(plain, half))} […] ${plain.slice(boundaryAfter(plain, plain.length - half))}`;
}

/** A model calls what it likes, by names that its own provider would not take back. */
function toToolName(name: string): string {
  const clean = name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, NAME_CHARACTERS_MAX);
  return /^[a-zA-Z_]/.test(clean) ? clean : `_${clean.slice(1)}`;
}
