import type { PromptAssistantPart, PromptMessage, PromptUserPart } from '../prompt.types.js';
import { readResponse } from './read-response.js';
import { effortOf } from './thinking.js';
import type { Ask, Wire, WireBody } from './wire.types.js';

/** Models that reason, and give their reasoning back encrypted where nothing is stored. */
const REASONS = /^(?:o\d|gpt-[5-9](?!.*chat)|codex)/;

/** https://platform.openai.com/docs/api-reference/responses/create, asked to keep nothing. */
export const responsesWire: Wire = {
  baseUrl: 'https://api.openai.com/v1',
  marksCache: false,
  path: () => 'responses',
  headers: (apiKey) => (apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
  body: ({ model, prompt, tools, maxOutputTokens, thinking, stream }: Ask): WireBody => ({
    model,
    input: prompt.flatMap((message) => toItems(message, REASONS.test(model) ? 'developer' : 'system')),
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
    ...(thinking === undefined
      ? {}
      : { reasoning: { effort: effortOf(thinking, 'none'), ...(thinking === 'off' ? {} : { summary: 'auto' }) } }),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, inputSchema: parameters }) => ({
            type: 'function',
            name,
            description,
            parameters,
            strict: false,
          })),
        }),
    store: false,
    ...(REASONS.test(model) ? { include: ['reasoning.encrypted_content'] } : {}),
    stream,
  }),
  optional: ['include', 'store', 'reasoning.summary', 'reasoning', 'max_output_tokens', 'tools', 'stream'],
  reader: readResponse,
};

function toItems(message: PromptMessage, system: 'system' | 'developer'): object[] {
  switch (message.role) {
    case 'system':
      return [{ role: system, content: message.content }];
    case 'user':
      return [{ role: 'user', content: message.content.map(toInput) }];
    case 'assistant':
      return toOutput(message.content);
    case 'tool':
      return message.content.map(({ toolCallId, output }) => ({ type: 'function_call_output', call_id: toolCallId, output: output.value }));
  }
}

function toInput(part: PromptUserPart): object {
  if (part.type === 'text') return { type: 'input_text', text: part.text };
  const url = `data:${part.mediaType};base64,${Buffer.from(part.data.data).toString('base64')}`;
  return part.mediaType.startsWith('image/')
    ? { type: 'input_image', image_url: url }
    : { type: 'input_file', filename: part.filename, file_data: url };
}

/** Reasoning goes back as the item that it was: its summaries are kept as parts with the item's id, the encrypted whole on any of them. */
function toOutput(parts: readonly PromptAssistantPart[]): object[] {
  const reasoning = new Map<string, { type: 'reasoning'; id: string; encrypted_content: string; summary: object[] }>();
  const output = parts.flatMap((part): object[] => {
    if (part.type !== 'reasoning') return toItem(part);
    const { itemId, reasoningEncryptedContent: encrypted } = part.providerOptions?.['openai'] ?? {};
    if (typeof itemId !== 'string') return [];
    const known = reasoning.get(itemId);
    const item = known ?? { type: 'reasoning', id: itemId, encrypted_content: '', summary: [] };
    if (part.text !== '') item.summary.push({ type: 'summary_text', text: part.text });
    if (typeof encrypted === 'string') item.encrypted_content = encrypted;
    reasoning.set(itemId, item);
    return known ? [] : [item];
  });
  return output.filter((item) => !('encrypted_content' in item) || item.encrypted_content !== ''); // without it the item is one that nobody stored
}

function toItem(part: PromptAssistantPart): object[] {
  if (part.type === 'tool-call')
    return [{ type: 'function_call', call_id: part.toolCallId, name: part.toolName, arguments: JSON.stringify(part.input) }];
  return part.text === '' ? [] : [{ role: 'assistant', content: [{ type: 'output_text', text: part.text }] }];
}
