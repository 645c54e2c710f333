/** A reply as every provider can give it, in the words of none. */
export interface WireReply {
  readonly pieces: readonly WirePiece[];
  readonly stop: 'stop' | 'length' | 'tool_calls' | 'refusal';
  readonly usage: { readonly input: number; readonly output: number; readonly cachedInput?: number };
}

export type WirePiece =
  | { readonly text: string }
  /** What the model thinks, and what it wants back to believe that it was its own. */
  | { readonly thinking: string; readonly proof: string }
  /** Text with which the model declines. */
  | { readonly refusal: string }
  /** `fragments` joined are the arguments, as JSON or not. */
  | { readonly call: { readonly id: string; readonly name: string; readonly fragments: readonly string[] } };

/** How one provider writes things on the wire; the vendor's page is named where each is made. */
export interface Wire {
  readonly type: 'anthropic' | 'openai' | 'google' | 'ollama' | 'openai-compatible';
  readonly model: string;
  /** `base_url` for a server at that origin. */
  baseUrl(origin: string): string;
  /** The SSE frames of a reply; the first text is never in the first two, the last frame says that the reply is whole. */
  frames(reply: WireReply): string[];
  /** The body of an HTTP error. */
  errorBody(status: number, message: string): unknown;
  /** The error as a frame of a stream that began well. */
  errorFrame(status: number, message: string): string;
  /** What the request body says, to be compared with what was asked. */
  read(body: unknown): WireRequest;
}

export interface WireRequest {
  readonly model: string | null;
  readonly system: string;
  readonly tools: readonly string[];
  /** Base64 of each image. */
  readonly images: readonly string[];
  /** The results of tools, in order. */
  readonly results: readonly string[];
  /** What of the model's own thinking came back. */
  readonly thinking: readonly string[];
  readonly maxTokens: number | null;
}
