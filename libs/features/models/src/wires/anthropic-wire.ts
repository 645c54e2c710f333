import type { PromptAssistantPart, PromptMessage, PromptUserPart } from '../prompt.types.js';
import { readAnthropicMessage } from './read-anthropic-message.js';
import { budgetOf, effortOf } from './thinking.js';
import type { Ask, Wire, WireBody } from './wire.types.js';

type Block = Readonly<Record<string, unknown>>;

/** Models from 4.6 on think as they see fit, and are told how much effort that may be. */
const ADAPTIVE = /claude-(?:opus|sonnet|haiku|fable)-(?:4-[6-9]|[5-9])/;
const THINKING_TOKENS_MIN = 1024;

/** https://docs.anthropic.com/en/api/messages */
export const anthropicWire: Wire = {
  baseUrl: 'https://api.anthropic.com/v1',
  marksCache: true,
  path: () => 'messages',
  headers: (apiKey) => ({ 'anthropic-version': '2023-06-01', ...(apiKey === '' ? {} : { 'x-api-key': apiKey }) }),
  body: (ask: Ask): WireBody => ({
    model: ask.model,
    max_tokens: ask.maxOutputTokens,
    ...thinkingOf(ask),
    ...systemOf(ask.prompt),
    messages: toTurns(ask.prompt),
    ...(ask.tools.length === 0
      ? {}
      : { tools: ask.tools.map(({ name, description, inputSchema: input_schema }) => ({ name, description, input_schema })) }),
    stream: ask.stream,
  }),
  optional: ['thinking', 'output_config', 'system.cache_control', 'messages.cache_control', 'tools', 'stream'],
  reader: readAnthropicMessage,
};

function thinkingOf({ model, thinking, maxOutputTokens = 0 }: Ask): object {
  if (thinking === undefined) return {};
  if (thinking === 'off') return { thinking: { type: 'disabled' } };
  if (ADAPTIVE.test(model) && typeof thinking === 'string') {
    return { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: effortOf(thinking, 'low') } };
  }
  // The budget is part of max_tokens and must be under it.
  const budget = Math.min(budgetOf(thinking), maxOutputTokens - 1);
  return budget < THINKING_TOKENS_MIN ? {} : { thinking: { type: 'enabled', budget_tokens: budget } };
}

function systemOf(prompt: readonly PromptMessage[]): object {
  const system = prompt.flatMap((message) => (message.role === 'system' ? [marked({ type: 'text', text: message.content }, message)] : []));
  return system.length === 0 ? {} : { system };
}

/** Results of tools are a user's words here, and neighbours of one role are one message. */
function toTurns(prompt: readonly PromptMessage[]): object[] {
  const turns: { role: 'user' | 'assistant'; content: Block[] }[] = [];
  for (const message of prompt) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const blocks = blocksOf(message);
    const content = blocks.map((block, index) => (index === blocks.length - 1 ? marked(block, message) : block));
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  return turns;
}

function blocksOf(message: Exclude<PromptMessage, { role: 'system' }>): Block[] {
  switch (message.role) {
    case 'user':
      return message.content.map((part) => marked(toUserBlock(part), part));
    case 'assistant':
      return message.content.flatMap(toAssistantBlock);
    case 'tool':
      return message.content.map(({ toolCallId, output }) => ({
        type: 'tool_result',
        tool_use_id: toolCallId,
        content: output.value,
        ...(output.type === 'error-text' ? { is_error: true } : {}),
      }));
  }
}

/** A point up to which the provider may cache; thinking cannot be one. */
function marked(block: Block, { providerOptions }: Pick<PromptMessage, 'providerOptions'>): Block {
  const isMarked =
    providerOptions?.['anthropic']?.['cacheControl'] !== undefined && block['type'] !== 'thinking' && block['type'] !== 'redacted_thinking';
  return isMarked ? { ...block, cache_control: { type: 'ephemeral' } } : block;
}

function toUserBlock(part: PromptUserPart): Block {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const source = { type: 'base64', media_type: part.mediaType, data: Buffer.from(part.data.data).toString('base64') };
  return part.mediaType.startsWith('image/') ? { type: 'image', source } : { type: 'document', source, title: part.filename };
}

/** Thoughts are taken back only with the signature that was given with them. */
function toAssistantBlock(part: PromptAssistantPart): Block[] {
  const notes = part.providerOptions?.['anthropic'] ?? {};
  if (part.type === 'tool-call') return [{ type: 'tool_use', id: part.toolCallId, name: part.toolName, input: part.input }];
  if (part.type === 'text') return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
  if (typeof notes['redactedData'] === 'string') return [{ type: 'redacted_thinking', data: notes['redactedData'] }];
  return typeof notes['signature'] === 'string' ? [{ type: 'thinking', thinking: part.text, signature: notes['signature'] }] : [];
}
