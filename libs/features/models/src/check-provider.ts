import { Fault } from '@openclaw/errors';
import type { ModelEvent, ModelRequest, ToolDefinition } from '@openclaw/language-model';
import type { ProviderModel } from './provider-model.adapter.js';

/** What a provider was found to do, in the words of its configuration. */
export interface ProviderReport {
  /** null: it answered. */
  readonly problem: { readonly message: string; readonly reason: string | null } | null;
  /** From the request to the first word or thought; null where there was none. */
  readonly firstTokenMs: number | null;
  /** null where it is not known, because the question failed for another reason. */
  readonly capabilities: {
    readonly tools: boolean | null;
    readonly images: boolean | null;
    readonly streaming: boolean | null;
    readonly usage: boolean | null;
  };
  /** Whether it told thoughts. */
  readonly thinks: boolean;
  /** Optional fields that it refused by name. */
  readonly leaveOut: readonly string[];
}

interface Answer {
  readonly events: readonly ModelEvent[];
  readonly firstMs: number | null;
  readonly fault: Fault | null;
}

const QUESTION = 'Count from one to ten, in words.';
const TOOL: ToolDefinition = {
  name: 'get_weather',
  description: 'The weather in a city',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
};
/** A red square of 64 × 64 pixels. */
const RED =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAb0lEQVR4nO3PAQkAAAyEwO9feoshgnABdLep8QUNyPEFDcjxBQ3I8QUNyPEFDcjxBQ3I8QUNyPEFDcjxBQ3I8QUNyPEFDcjxBQ3I8QUNyPEFDcjxBQ3I8QUNyPEFDcjxBQ3I8QUNyPEFDcjxBQ3IPanc8OLDQitxAAAAAElFTkSuQmCC';
const REPLY_TOKENS = 1000;

/**
 * Asks a provider three small questions, one in words, one with a tool and one with a picture, and says what came of it. Each costs
 * what the provider takes for it. A provider that does not answer the first is not asked the others.
 * @param model it must have been told that it sees and takes tools
 */
export async function checkProvider(model: ProviderModel, signal: AbortSignal): Promise<ProviderReport> {
  const words = await ask(model, { messages: [userOf(QUESTION)], tools: [] }, signal);
  if (words.fault) return unanswered(words.fault, model);
  const tool = await ask(model, { messages: [userOf('What is the weather in Paris? Call get_weather.')], tools: [TOOL] }, signal);
  const picture = { type: 'image' as const, name: 'square.png', mediaType: 'image/png', data: Buffer.from(RED, 'base64') };
  const seen = await ask(
    model,
    { messages: [{ role: 'user', parts: [{ type: 'text', text: 'Which colour is this? One word.' }, picture] }], tools: [] },
    signal,
  );
  const { leftOut } = model;
  return {
    problem: null,
    firstTokenMs: words.firstMs,
    capabilities: {
      tools: leftOut.includes('tools') ? false : verdict(tool, (events) => events.some(({ type }) => type === 'tool_call')),
      images: verdict(seen, (events) => /\bred\b/i.test(events.map((event) => (event.type === 'text' ? event.text : '')).join(''))),
      streaming: !leftOut.includes('stream') && words.events.filter(({ type }) => type === 'text' || type === 'thinking').length > 1,
      usage: words.events.some((event) => event.type === 'finish' && event.usage.input > 0 && event.usage.output > 0),
    },
    thinks: words.events.some(({ type }) => type === 'thinking'),
    leaveOut: leftOut.filter((field) => field !== 'tools' && field !== 'stream'),
  };
}

/** What to write below the provider's entry so that it is used for what it can do; null for nothing. */
export function suggestFor({
  capabilities,
  leaveOut,
}: ProviderReport): { readonly capabilities?: Readonly<Record<string, boolean>>; readonly leave_out?: readonly string[] } | null {
  // Tools, streams and counts are taken for granted where nothing else is said; pictures are not, by a server that is not a vendor's.
  const told = Object.entries(capabilities).filter(
    (each): each is [string, boolean] => each[1] !== null && (each[0] === 'images' || !each[1]),
  );
  if (told.length === 0 && leaveOut.length === 0) return null;
  return {
    ...(told.length === 0 ? {} : { capabilities: Object.fromEntries(told) }),
    ...(leaveOut.length === 0 ? {} : { leave_out: leaveOut }),
  };
}

async function ask(model: ProviderModel, request: ModelRequest, signal: AbortSignal): Promise<Answer> {
  const startedAt = performance.now();
  const events: ModelEvent[] = [];
  let firstMs: number | null = null;
  try {
    for await (const event of model.stream({ ...request, maxOutputTokens: REPLY_TOKENS }, signal)) {
      if (event.type !== 'finish') firstMs ??= Math.round(performance.now() - startedAt);
      events.push(event);
    }
    return { events, firstMs, fault: null };
  } catch (error) {
    if (error instanceof Fault) return { events, firstMs, fault: error };
    throw error;
  }
}

/** A refusal of the request is a no; any other failure says nothing. */
function verdict({ events, fault }: Answer, did: (events: readonly ModelEvent[]) => boolean): boolean | null {
  if (!fault) return did(events);
  const status = fault.details['upstream_status'];
  return typeof status === 'number' && [400, 404, 415, 422, 500, 501].includes(status) ? false : null;
}

function unanswered({ message, details }: Fault, { leftOut }: ProviderModel): ProviderReport {
  const { reason } = details;
  return {
    problem: { message, reason: typeof reason === 'string' ? reason : null },
    firstTokenMs: null,
    capabilities: { tools: null, images: null, streaming: null, usage: null },
    thinks: false,
    leaveOut: leftOut,
  };
}

function userOf(text: string): ModelRequest['messages'][number] {
  return { role: 'user', parts: [{ type: 'text', text }] };
}
