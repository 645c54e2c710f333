import { at, items, sse, stringsUnder } from './sse.js';
import type { Wire, WirePiece, WireReply } from './wire.types.js';

const STOP = { stop: 'stop', length: 'length', tool_calls: 'tool_calls', refusal: 'stop' } as const;

/** Chat Completions: https://platform.openai.com/docs/api-reference/chat-streaming; spoken by most other servers too. */
export function chatCompletionsWire(type: 'openai-compatible' | 'ollama', model: string): Wire {
  const chunk = (rest: object): string =>
    sse({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_760_000_000, model, ...rest });
  const delta = (inner: object): string => chunk({ choices: [{ index: 0, delta: inner, finish_reason: null }] });
  const error = (status: number, message: string): unknown => ({ error: { message, type: 'server_error', param: null, code: status } });
  return {
    type,
    model,
    baseUrl: (origin) => (type === 'ollama' ? origin : `${origin}/v1`),
    frames: ({ pieces, stop, usage }: WireReply) => [
      delta({ role: 'assistant', content: '' }),
      delta({ content: '' }),
      ...pieces.flatMap((piece, index) => deltasOf(piece, index).map(delta)),
      chunk({ choices: [{ index: 0, delta: {}, finish_reason: STOP[stop] }] }),
      chunk({
        choices: [],
        usage: {
          prompt_tokens: usage.input,
          completion_tokens: usage.output,
          total_tokens: usage.input + usage.output,
          prompt_tokens_details: { cached_tokens: usage.cachedInput ?? 0 },
        },
      }),
      sse('[DONE]'),
    ],
    errorBody: error,
    errorFrame: (status, message) => sse(error(status, message)),
    read: (body) => ({
      model: stringsUnder(body, 'model')[0] ?? null,
      system: items(at(body, 'messages'), (message) => at(message, 'role') === 'system')
        .map((message) => String(at(message, 'content')))
        .join('\n'),
      tools: items(at(body, 'tools')).map((tool) => String(at(tool, 'function', 'name'))),
      images: stringsUnder(at(body, 'messages'), 'url').map((url) => url.replace(/^data:[^,]*,/, '')),
      results: items(at(body, 'messages'), (message) => at(message, 'role') === 'tool').map((message) => String(at(message, 'content'))),
      thinking: stringsUnder(at(body, 'messages'), 'reasoning_content'),
      maxTokens: typeof at(body, 'max_tokens') === 'number' ? Number(at(body, 'max_tokens')) : null,
    }),
  };
}

function deltasOf(piece: WirePiece, index: number): object[] {
  if ('text' in piece) return [{ content: piece.text }];
  if ('thinking' in piece) return [{ reasoning_content: piece.thinking }];
  if ('refusal' in piece) return [{ refusal: piece.refusal }];
  const { id, name, fragments } = piece.call;
  return [
    { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] },
    ...fragments.map((fragment) => ({ tool_calls: [{ index, function: { arguments: fragment } }] })),
  ];
}
