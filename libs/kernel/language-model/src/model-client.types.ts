/** What every provider is to the rest of the house: messages and tools in, a stream of events out. */
export interface ModelClient {
  /** Who answers by default, as on the wire before the slash: `anthropic`, `builtin`, … */
  readonly provider: string;
  /** The provider's own name of the model, as on the wire after the slash. */
  readonly model: string;
  /** The window of the model that a request without `route` goes to first: input and output together, in tokens. */
  readonly contextTokens: number;
  /**
   * Asks the model once. The stream ends in exactly one `finish`, or it throws: a Fault `upstream_error` whose details are
   * {@link UpstreamDetails}, or `signal.reason` once `signal` is aborted (then the connection is closed too). Leaving the
   * iteration early closes the connection. Nothing happens before the first `next()`; each call asks anew.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

/** One request to a model. */
export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolDefinition[];
  /** Most tokens of the reply; the configured `max_tokens` holds too where it is less. */
  readonly maxOutputTokens?: number;
  /** Which entry of `providers.routing` chooses the model; `general_conversation` where absent. */
  readonly route?: ModelRoute;
  /** Makes the messages fit a window; called again for each model tried, since their windows differ. Absent: sent as they are. */
  readonly fit?: FitMessages;
}

export const MODEL_ROUTES = ['general_conversation', 'code_generation', 'simple_tasks'] as const;
/** What a request is for; `providers.routing` names a model for each. */
export type ModelRoute = (typeof MODEL_ROUTES)[number];

/**
 * The messages that may be sent to a model with that window (input and output together, in tokens).
 * @param takes what the model takes beside text; unknown where absent
 */
export type FitMessages = (
  messages: readonly ModelMessage[],
  contextTokens: number,
  takes?: { readonly images: boolean; readonly files: boolean },
) => readonly ModelMessage[];

/** A message of the conversation as a model is shown it. */
export type ModelMessage =
  | { readonly role: 'system'; readonly text: string }
  | {
      readonly role: 'user';
      /** What the person sent. */
      readonly parts: readonly UserPart[];
      /** What the house says of it, behind it: when it was sent. Later requests of the conversation repeat it. */
      readonly note?: string;
      /** What the house found on it, at the end. Later requests repeat it too. */
      readonly finds?: string;
    }
  | {
      readonly role: 'assistant';
      readonly text: string;
      readonly calls: readonly ToolCall[];
      readonly state?: ProviderState;
      /** `provider/model` of the writer, where that matters: it gets the ids of its calls back as it wrote them. */
      readonly model?: string;
    }
  | { readonly role: 'tool'; readonly callId: string; readonly name: string; readonly text: string; readonly failed: boolean };

/**
 * A model that cannot take an image or a file is told its name and that it is missing, never refused. `stub` is what stands in the
 * place of a file where there is no room for it; what has none is the person's own text.
 */
export type UserPart =
  | { readonly type: 'text'; readonly text: string; readonly name?: string; readonly stub?: string }
  | {
      readonly type: 'image' | 'file';
      readonly name: string;
      readonly mediaType: string;
      readonly data: Uint8Array;
      readonly stub?: string;
    };

/** A JSON Schema (draft 7 or 2020-12) whose type is `object`. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A tool as a model is told of it. */
export interface ToolDefinition {
  /** `^[a-zA-Z0-9_-]{1,64}$`: what every provider accepts. */
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
}

/** A call as a model makes it. */
export interface ToolCall {
  readonly callId: string;
  readonly name: string;
  /** As the model wrote it: it may be empty or malformed. */
  readonly argumentsJson: string;
}

/**
 * What a model wants back with its turn while the run goes on: Anthropic's thinking blocks, OpenAI's encrypted reasoning,
 * Gemini's thought signatures. Opaque; a model that did not write it leaves it out.
 */
export interface ProviderState {
  /** `provider/model` of the writer. */
  readonly model: string;
  readonly json: string;
}

/**
 * `stop`: the model was done; `tool_calls`: it waits for results; `length`: cut at the most tokens; `content_filter`: the
 * provider or the model declined; `other`: a reason this house does not know.
 */
export type FinishReason = 'stop' | 'tool_calls' | 'length' | 'content_filter' | 'other';

/** Tokens as the provider counts them; cached input counts as input. 0 where it does not say. */
export interface ModelUsage {
  readonly input: number;
  readonly output: number;
  /** Of the input, what came from the provider's cache; absent for none, or where it does not say. */
  readonly cachedInput?: number;
  /** Of the output, what was thought; absent for none, or where it does not say. */
  readonly reasoning?: number;
}

/** What was asked of one model, added up. */
export interface ModelSpending {
  /** `provider/model` */
  readonly model: string;
  readonly requests: number;
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
  readonly reasoning: number;
  /** null where the price of any of it is not known. */
  readonly costUsd: number | null;
  /** Some of it was never counted by the provider: characters over four. */
  readonly estimated: boolean;
}

/** What a model's stream is made of. */
export type ModelEvent =
  | { readonly type: 'text'; readonly text: string }
  /** What the model thinks, as far as its provider tells. Never part of what it says. */
  | { readonly type: 'thinking'; readonly text: string }
  | { readonly type: 'tool_call'; readonly call: ToolCall }
  /** All that came before in this stream is void: another provider took over, or what was shown as text turned out to be thought. */
  | { readonly type: 'restart'; readonly provider: string; readonly model: string }
  | {
      readonly type: 'finish';
      readonly reason: FinishReason;
      readonly usage: ModelUsage;
      /** Of the input, what the provider found in its cache; absent where it found nothing, or does not say. */
      readonly cachedInput?: number;
      readonly provider: string;
      readonly model: string;
      /** US dollars; null where the price is not known. */
      readonly costUsd: number | null;
      /** The model was done and had said nothing, thoughts apart, although nothing but a reply was due. */
      readonly silent?: true;
      /** To be kept with the assistant's message that this turn becomes. */
      readonly state?: ProviderState;
    };

/** The details of a model's `upstream_error`. */
export interface UpstreamDetails {
  readonly provider: string;
  /** The status that the provider sent, or named in its error; null where there was none (timeout, reset, no reply). */
  readonly upstream_status: number | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** The provider's own sentence on it, redacted, at most 300 characters; absent where it gave none. */
  readonly reason?: string;
  /** A reply had begun, so the provider may charge for it: it is asked at most once more. */
  readonly billed?: boolean;
  /** The reply was whole and empty. */
  readonly silent?: boolean;
  /** The request was refused as too long; see contextLengthOf. */
  readonly context_length?: { readonly limit: number | null; readonly requested: number | null };
  /** What the provider asked to wait, where it did. */
  readonly retry_after_ms?: number;
  /** The time limit that was exceeded, where that was the failure. */
  readonly tier?: TimeoutTier;
  readonly limit_ms?: number;
}

export const TIMEOUT_TIERS = ['connect', 'first_token', 'stall', 'run'] as const;
/** What a model was waited for when the time was over. */
export type TimeoutTier = (typeof TIMEOUT_TIERS)[number];
