import { at, items, sse, stringsUnder } from './sse.js';
import type { Wire, WirePiece, WireReply } from './wire.types.js';

type Numbered = (event: Readonly<Record<string, unknown>> & { readonly type: string }) => string;

const ERROR_CODE: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'invalid_api_key',
  404: 'model_not_found',
  429: 'rate_limit_exceeded',
};

/** The Responses API: https://platform.openai.com/docs/api-reference/responses-streaming */
export const openaiWire: Wire = {
  type: 'openai',
  model: 'gpt-5.4-mini',
  baseUrl: (origin) => `${origin}/v1`,
  frames: framesOf,
  errorBody: (status, message) => ({
    error: { message, type: status === 429 ? 'requests' : 'server_error', param: null, code: ERROR_CODE[status] ?? null },
  }),
  errorFrame: (status, message) =>
    sse({ type: 'error', sequence_number: 99, code: ERROR_CODE[status] ?? 'server_error', message, param: null }, 'error'),
  read: (body) => ({
    model: stringsUnder(body, 'model')[0] ?? null,
    system: items(at(body, 'input'), (item) => ['system', 'developer'].includes(String(at(item, 'role'))))
      .map((item) => String(at(item, 'content')))
      .join('\n'),
    tools: items(at(body, 'tools')).map((tool) => String(at(tool, 'name'))),
    images: stringsUnder(at(body, 'input'), 'image_url').map((url) => url.replace(/^data:[^,]*,/, '')),
    results: items(at(body, 'input'), (item) => at(item, 'type') === 'function_call_output').map((item) => String(at(item, 'output'))),
    thinking: stringsUnder(at(body, 'input'), 'encrypted_content'),
    maxTokens: typeof at(body, 'max_output_tokens') === 'number' ? Number(at(body, 'max_output_tokens')) : null,
  }),
};

function framesOf(reply: WireReply): string[] {
  let sequence = 0;
  const numbered: Numbered = (event) => sse({ sequence_number: (sequence += 1), ...event }, event.type);
  const incomplete = reply.stop === 'length';
  const details = incomplete ? { reason: 'max_output_tokens' } : null;
  const response = (status: string, rest: object = {}): unknown => ({
    id: 'resp_1',
    object: 'response',
    created_at: 1_760_000_000,
    model: 'gpt-5.4-mini-2026-03-17',
    status,
    ...rest,
  });
  const usage = {
    input_tokens: reply.usage.input,
    input_tokens_details: { cached_tokens: reply.usage.cachedInput ?? 0 },
    output_tokens: reply.usage.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: reply.usage.input + reply.usage.output,
  };
  const status = incomplete ? 'incomplete' : 'completed';
  return [
    numbered({ type: 'response.created', response: response('in_progress') }),
    numbered({ type: 'response.in_progress', response: response('in_progress') }),
    ...reply.pieces.flatMap((piece, index) => item(piece, index, numbered)),
    numbered({ type: `response.${status}`, response: response(status, { incomplete_details: details, usage }) }),
  ];
}

function item(piece: WirePiece, index: number, numbered: Numbered): string[] {
  if ('call' in piece) return call(piece.call, index, numbered);
  if ('thinking' in piece) return thinking(piece, index, numbered);
  const id = `msg_${String(index)}`;
  const place = { item_id: id, output_index: index, content_index: 0 };
  const text = 'text' in piece ? piece.text : piece.refusal;
  const part = 'text' in piece ? { type: 'output_text', text, annotations: [] } : { type: 'refusal', refusal: text };
  const kind = 'text' in piece ? 'output_text' : 'refusal';
  const message = (status: string, content: unknown[]): unknown => ({ id, type: 'message', status, role: 'assistant', content });
  return [
    numbered({ type: 'response.output_item.added', output_index: index, item: message('in_progress', []) }),
    numbered({ type: 'response.content_part.added', ...place, part: { ...part, [kind === 'refusal' ? 'refusal' : 'text']: '' } }),
    numbered({ type: `response.${kind}.delta`, ...place, delta: text }),
    numbered({ type: `response.${kind}.done`, ...place, [kind === 'refusal' ? 'refusal' : 'text']: text }),
    numbered({ type: 'response.content_part.done', ...place, part }),
    numbered({ type: 'response.output_item.done', output_index: index, item: message('completed', [part]) }),
  ];
}

function thinking({ thinking: text, proof }: Extract<WirePiece, { thinking: unknown }>, index: number, numbered: Numbered): string[] {
  const id = `rs_${String(index)}`;
  const place = { item_id: id, output_index: index, summary_index: 0 };
  const part = { type: 'summary_text', text };
  return [
    numbered({
      type: 'response.output_item.added',
      output_index: index,
      item: { id, type: 'reasoning', summary: [], encrypted_content: '' },
    }),
    numbered({ type: 'response.reasoning_summary_part.added', ...place, part: { ...part, text: '' } }),
    numbered({ type: 'response.reasoning_summary_text.delta', ...place, delta: text }),
    numbered({ type: 'response.reasoning_summary_text.done', ...place, text }),
    numbered({ type: 'response.reasoning_summary_part.done', ...place, part }),
    numbered({
      type: 'response.output_item.done',
      output_index: index,
      item: { id, type: 'reasoning', summary: [part], encrypted_content: proof },
    }),
  ];
}

function call({ id, name, fragments }: Extract<WirePiece, { call: unknown }>['call'], index: number, numbered: Numbered): string[] {
  const item_id = `fc_${String(index)}`;
  const item = (status: string, args: string): unknown => ({
    id: item_id,
    type: 'function_call',
    status,
    call_id: id,
    name,
    arguments: args,
  });
  const whole = fragments.join('');
  return [
    numbered({ type: 'response.output_item.added', output_index: index, item: item('in_progress', '') }),
    ...fragments.map((delta) => numbered({ type: 'response.function_call_arguments.delta', item_id, output_index: index, delta })),
    numbered({ type: 'response.function_call_arguments.done', item_id, output_index: index, arguments: whole }),
    numbered({ type: 'response.output_item.done', output_index: index, item: item('completed', whole) }),
  ];
}
