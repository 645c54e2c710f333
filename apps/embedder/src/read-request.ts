/** What is to be embedded. */
export interface EmbeddingRequest {
  readonly texts: readonly string[];
  readonly lane: 'query' | 'passage';
  readonly isBase64: boolean;
}

export const BATCH_MAX = 256;

/** Reads OpenAI's request, leniently: fields that are not ours are passed over. @returns the request, or what is wrong with it */
export function readRequest(body: unknown): EmbeddingRequest | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'The body must be a JSON object.';
  const { input, input_type: type, encoding_format: format } = body as Record<string, unknown>; // an object, by the line above
  const texts = typeof input === 'string' ? [input] : input;
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) return 'input must be a string or a list of strings.';
  if (texts.length === 0 || texts.length > BATCH_MAX) return `input must hold 1 to ${String(BATCH_MAX)} strings.`;
  return { texts, lane: type === 'query' ? 'query' : 'passage', isBase64: format === 'base64' };
}
