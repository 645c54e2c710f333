import type { PromptAssistantPart, PromptMessage, PromptUserPart } from '../prompt.types.js';
import { readChatCompletion } from './read-chat-completion.js';
import { text } from './read-json.js';
import type { Ask, Wire, WireBody } from './wire.types.js';
import { effortOf } from './thinking.js';

/**
 * Chat Completions: https://platform.openai.com/docs/api-reference/chat/create, spoken by most servers that are not a vendor's own,
 * each in its own dialect. So only what nearly all take is sent, and what some refuse is optional.
 */
export const chatCompletionsWire: Wire = {
  baseUrl: 'https://api.openai.com/v1',
  marksCache: false,
  path: () => 'chat/completions',
  headers: (apiKey) => (apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
  body: ({ model, prompt, tools, maxOutputTokens, thinking, stream }: Ask): WireBody => ({
    model,
    messages: prompt.flatMap(toMessages),
    ...(maxOutputTokens === undefined ? {} : { max_tokens: maxOutputTokens }),
    ...(thinking === undefined ? {} : { reasoning_effort: effortOf(thinking, 'none') }),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, inputSchema: parameters }) => ({
            type: 'function',
            function: { name, description, parameters },
          })),
        }),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : { stream: false }),
  }),
  optional: [
    'stream_options',
    'max_tokens',
    'max_completion_tokens',
    'reasoning_effort',
    'messages.reasoning_content',
    'messages.reasoning',
    'messages.extra_content',
    'tools',
    'stream',
  ],
  reader: readChatCompletion,
};

function toMessages(message: PromptMessage): object[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }];
    case 'user':
      return [{ role: 'user', content: toContent(message.content) }];
    case 'assistant':
      return [toAssistant(message.content)];
    case 'tool':
      return message.content.map(({ toolCallId, output }) => ({ role: 'tool', tool_call_id: toolCallId, content: output.value }));
  }
}

/** Many servers know only text: a list of parts is written only where there is more. */
function toContent(parts: readonly PromptUserPart[]): unknown {
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  if (texts.length === parts.length) return texts.join('\n\n');
  return parts.map((part) => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    const url = `data:${part.mediaType};base64,${Buffer.from(part.data.data).toString('base64')}`;
    return part.mediaType.startsWith('image/')
      ? { type: 'image_url', image_url: { url } }
      : { type: 'file', file: { filename: part.filename, file_data: url } };
  });
}

function toAssistant(parts: readonly PromptAssistantPart[]): object {
  const of = (type: 'text' | 'reasoning'): string => parts.flatMap((part) => (part.type === type ? [part.text] : [])).join('');
  const thoughts = parts.find((part) => part.type === 'reasoning');
  const calls = parts.flatMap((part) => (part.type === 'tool-call' ? [toCall(part)] : []));
  const reasoning = of('reasoning');
  const content = of('text');
  return {
    role: 'assistant',
    content: content === '' && calls.length > 0 ? null : content,
    ...(reasoning === '' ? {} : { [text(thoughts?.providerOptions?.['chat']?.['field']) || 'reasoning_content']: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function toCall({ toolCallId: id, toolName: name, input, providerOptions }: Extract<PromptAssistantPart, { type: 'tool-call' }>): object {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) }, ...providerOptions?.['chat'] };
}
