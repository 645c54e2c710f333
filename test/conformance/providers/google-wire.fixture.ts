import { at, items, sse, stringsUnder } from './sse.js';
import type { Wire, WirePiece, WireReply } from './wire.types.js';

const STOP = { stop: 'STOP', length: 'MAX_TOKENS', tool_calls: 'STOP', refusal: 'SAFETY' } as const;
const STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

const errorOf = (status: number, message: string): unknown => ({ error: { code: status, message, status: STATUS[status] ?? 'INTERNAL' } });

/** https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent */
export const googleWire: Wire = {
  type: 'google',
  model: 'gemini-2.5-flash',
  baseUrl: (origin) => `${origin}/v1beta`,
  frames: (reply) => [
    chunk(reply, [], {}),
    chunk(reply, [], {}),
    ...reply.pieces.map((piece) => chunk(reply, partsOf(piece), {})),
    last(reply),
  ],
  errorBody: errorOf,
  errorFrame: (status, message) => sse(errorOf(status, message)),
  read: (body) => ({
    model: null, // it is in the path
    system: stringsUnder(at(body, 'systemInstruction'), 'text').join('\n'),
    tools: items(at(body, 'tools')).flatMap((tool) =>
      items(at(tool, 'functionDeclarations')).map((declaration) => String(at(declaration, 'name'))),
    ),
    images: stringsUnder(at(body, 'contents'), 'data'),
    results: items(at(body, 'contents'))
      .flatMap((content) => items(at(content, 'parts'), (part) => at(part, 'functionResponse') !== undefined))
      .map((part) => stringsUnder(at(part, 'functionResponse', 'response'), 'content', 'output', 'error', 'result').join('')),
    thinking: stringsUnder(at(body, 'contents'), 'thoughtSignature'),
    maxTokens:
      typeof at(body, 'generationConfig', 'maxOutputTokens') === 'number' ? Number(at(body, 'generationConfig', 'maxOutputTokens')) : null,
  }),
};

function chunk({ usage }: WireReply, parts: unknown[], rest: object): string {
  const usageMetadata = {
    promptTokenCount: usage.input,
    cachedContentTokenCount: usage.cachedInput ?? 0,
    candidatesTokenCount: usage.output,
    totalTokenCount: usage.input + usage.output,
  };
  return sse({
    candidates: [{ content: { role: 'model', parts }, index: 0, ...rest }],
    usageMetadata,
    modelVersion: 'gemini-2.5-flash',
    responseId: 'r1',
  });
}

/** Arguments are an object here; what is no JSON is what Gemini calls a malformed function call. */
function partsOf(piece: WirePiece): unknown[] {
  if ('text' in piece) return [{ text: piece.text }];
  if ('thinking' in piece) return [{ text: piece.thinking, thought: true, thoughtSignature: piece.proof }];
  if ('refusal' in piece) return [{ text: piece.refusal }];
  const args = parse(piece.call.fragments.join(''));
  return args === undefined ? [] : [{ functionCall: { name: piece.call.name, args } }];
}

function last(reply: WireReply): string {
  const malformed = reply.pieces.some((piece) => 'call' in piece && parse(piece.call.fragments.join('')) === undefined);
  return chunk(reply, [{ text: '' }], { finishReason: malformed ? 'MALFORMED_FUNCTION_CALL' : STOP[reply.stop] });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
