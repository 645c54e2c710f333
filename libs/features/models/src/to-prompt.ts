import { toPlainText } from '@openclaw/words';
import type { ModelFacts } from './model-catalogue.js';
import type { ModelMessage, UserPart } from '@openclaw/language-model';
import type { Prompt, PromptAssistantPart, PromptMessage, PromptUserPart, ProviderNotes } from './prompt.types.js';
import { inputOf, restoreParts } from './provider-state.js';
import { repairMessages } from './repair-messages.js';

type UserMessage = Extract<ModelMessage, { role: 'user' }>;
type AssistantMessage = Extract<ModelMessage, { role: 'assistant' }>;

/** Anthropic caches what lies before a marked message; the other providers find repeated beginnings by themselves. */
const CACHE: ProviderNotes = { anthropic: { cacheControl: { type: 'ephemeral' } } };
const IMAGE_TYPES = /^image\/(?:png|jpeg|gif|webp)$/;

/** Who reads the prompt: `provider/model`, and what it can take. */
export interface Reader {
  readonly name: string;
  readonly facts: Pick<ModelFacts, 'images' | 'files'>;
  /** Whether cache points must be marked: then system messages and the parts of a question stay apart, as each may end one. */
  readonly marksCache: boolean;
  /** False where no tools go along. */
  readonly offersTools?: boolean;
}

/** The prompt that a wire writes. Whatever `messages` lack is repaired; what the reader cannot take is named as missing. */
export function toPrompt(messages: readonly ModelMessage[], reader: Reader): Prompt {
  const repaired = repairMessages(messages, { reader: reader.name, offersTools: reader.offersTools ?? true });
  const question = repaired.findLastIndex((message) => message.role === 'user');
  const prompt = repaired.map((message, index) => toMessage(message, reader, index === question));
  const merged = prompt.reduce<PromptMessage[]>((done, message) => merge(done, message, reader), []);
  return reader.marksCache ? withCachePoints(merged) : merged;
}

/** Gemini wants the results of one turn in one message; many chat templates know only one system message. */
function merge(done: PromptMessage[], message: PromptMessage, reader: Reader): PromptMessage[] {
  const last = done.at(-1);
  if (last?.role === 'tool' && message.role === 'tool') return done.with(-1, { ...last, content: [...last.content, ...message.content] });
  if (last?.role === 'system' && message.role === 'system' && !reader.marksCache) {
    return done.with(-1, { ...last, content: `${last.content}\n\n${message.content}` });
  }
  done.push(message);
  return done;
}

function toMessage(message: ModelMessage, reader: Reader, isQuestion: boolean): PromptMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text };
    case 'user':
      return {
        role: 'user',
        content: reader.marksCache ? withMark(toContent(message, reader), isQuestion) : joined(toContent(message, reader)),
      };
    case 'assistant':
      return { role: 'assistant', content: restoreParts(message.state, reader.name, message.calls) ?? plainParts(message) };
    case 'tool': {
      const output = { type: message.failed ? ('error-text' as const) : ('text' as const), value: message.text };
      return { role: 'tool', content: [{ type: 'tool-result', toolCallId: message.callId, toolName: message.name, output }] };
    }
  }
}

function plainParts(message: AssistantMessage): PromptAssistantPart[] {
  return [
    ...(message.text === '' ? [] : [{ type: 'text' as const, text: message.text }]),
    ...message.calls.map((call) => ({ type: 'tool-call' as const, toolCallId: call.callId, toolName: call.name, input: inputOf(call) })),
  ];
}

/** Many servers know the text of a question as one string only. */
function joined(parts: readonly PromptUserPart[]): PromptUserPart[] {
  return parts.reduce<PromptUserPart[]>((done, part) => {
    const last = done.at(-1);
    if (last?.type !== 'text' || part.type !== 'text') return [...done, part];
    return done.with(-1, { type: 'text', text: `${last.text}\n\n${part.text}` });
  }, []);
}

function toContent({ parts, note, finds }: UserMessage, reader: Reader): PromptUserPart[] {
  const asText = (text: string | undefined): PromptUserPart[] => (text === undefined ? [] : [{ type: 'text', text }]);
  return [...parts.map((part) => toUserPart(part, reader.facts)), ...asText(note), ...asText(finds)];
}

/** The newest question ends a cache: later requests repeat all of it. */
function withMark(parts: PromptUserPart[], isQuestion: boolean): PromptUserPart[] {
  const last = parts.at(-1);
  return isQuestion && last ? parts.with(-1, { ...last, providerOptions: CACHE }) : parts;
}

function toUserPart(part: UserPart, facts: Reader['facts']): PromptUserPart {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.mediaType.startsWith('text/'))
    return { type: 'text', text: toPlainText(`${part.name}:\n${new TextDecoder().decode(part.data)}`) };
  const taken = IMAGE_TYPES.test(part.mediaType) ? facts.images : facts.files && part.mediaType === 'application/pdf';
  if (!taken) return { type: 'text', text: `[${part.name} (${part.mediaType}) was attached, but you cannot be shown it.]` };
  return { type: 'file', filename: part.name, mediaType: part.mediaType, data: { type: 'data', data: part.data } };
}

/** After the first and the last system message, and at the end: a later turn of the run reads back all that it repeats. */
function withCachePoints(prompt: PromptMessage[]): Prompt {
  const lastSystem = prompt.findLastIndex((message) => message.role === 'system');
  const points = new Set([...(lastSystem >= 0 ? [0, lastSystem] : []), ...(prompt.at(-1)?.role === 'user' ? [] : [prompt.length - 1])]);
  return prompt.map((message, index) => (points.has(index) ? { ...message, providerOptions: CACHE } : message));
}
