import { at, items, sse, stringsUnder } from './sse.js';
import type { Wire, WirePiece, WireReply } from './wire.types.js';

const STOP = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use', refusal: 'refusal' } as const;
const ERROR_TYPE: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

const errorOf = (status: number, message: string): unknown => ({
  type: 'error',
  error: { type: ERROR_TYPE[status] ?? 'api_error', message },
  request_id: 'req_1',
});

/** https://docs.anthropic.com/en/api/messages-streaming */
export const anthropicWire: Wire = {
  type: 'anthropic',
  model: 'claude-haiku-4-5',
  baseUrl: (origin) => `${origin}/v1`,
  frames: (reply) => [...head(reply), ...reply.pieces.flatMap(block), ...tail(reply)],
  errorBody: errorOf,
  errorFrame: (status, message) => sse(errorOf(status, message), 'error'),
  read: (body) => ({
    model: stringsUnder(body, 'model')[0] ?? null,
    system: stringsUnder(at(body, 'system'), 'text').join('\n'),
    tools: items(at(body, 'tools')).map((tool) => String(at(tool, 'name'))),
    images: stringsUnder(at(body, 'messages'), 'data'),
    results: items(at(body, 'messages'))
      .flatMap((message) => items(at(message, 'content'), (part) => at(part, 'type') === 'tool_result'))
      .map((result) =>
        typeof at(result, 'content') === 'string' ? String(at(result, 'content')) : stringsUnder(at(result, 'content'), 'text').join(''),
      ),
    thinking: stringsUnder(at(body, 'messages'), 'thinking', 'signature'),
    maxTokens: Number(at(body, 'max_tokens')),
  }),
};

function head({ usage }: WireReply): string[] {
  const tokens = {
    input_tokens: usage.input - (usage.cachedInput ?? 0),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: usage.cachedInput ?? 0,
    output_tokens: 1,
  };
  const message = {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-4-5',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: tokens,
  };
  return [sse({ type: 'message_start', message }, 'message_start'), sse({ type: 'ping' }, 'ping')];
}

function block(piece: WirePiece, index: number): string[] {
  const start = (content_block: unknown): string => sse({ type: 'content_block_start', index, content_block }, 'content_block_start');
  const delta = (inner: unknown): string => sse({ type: 'content_block_delta', index, delta: inner }, 'content_block_delta');
  const stop = sse({ type: 'content_block_stop', index }, 'content_block_stop');
  if ('call' in piece) {
    const { id, name, fragments } = piece.call;
    return [
      start({ type: 'tool_use', id, name, input: {} }),
      ...fragments.map((partial_json) => delta({ type: 'input_json_delta', partial_json })),
      stop,
    ];
  }
  if ('thinking' in piece) {
    const { thinking, proof: signature } = piece;
    return [
      start({ type: 'thinking', thinking: '', signature: '' }),
      delta({ type: 'thinking_delta', thinking }),
      delta({ type: 'signature_delta', signature }),
      stop,
    ];
  }
  return [start({ type: 'text', text: '' }), delta({ type: 'text_delta', text: 'text' in piece ? piece.text : piece.refusal }), stop];
}

function tail({ stop, usage }: WireReply): string[] {
  const delta = { type: 'message_delta', delta: { stop_reason: STOP[stop], stop_sequence: null }, usage: { output_tokens: usage.output } };
  return [sse(delta, 'message_delta'), sse({ type: 'message_stop' }, 'message_stop')];
}
