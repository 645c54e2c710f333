import type { Thinking } from '@openclaw/words';
import type { Redactor } from '@openclaw/telemetry';
import { type ContextLength, readContextLength } from './context-length.js';
import { costOf } from './cost-of.js';
import type { ModelFacts } from './model-catalogue.js';
import type { FinishReason, ModelClient, ModelEvent, ModelRequest } from '@openclaw/language-model';
import { Patience, type ModelTimeouts } from './patience.js';
import { HttpRefusal, type ProviderHttp } from './provider-http.client.js';
import { toPrompt } from './to-prompt.js';
import { brokenFault, isConnectTimeout, mismatchFault, timeoutFault, toUpstreamFault, type Origin } from './upstream-fault.js';
import { FrameReader, type Frame } from './wires/frame-reader.js';
import { RefusedFields } from './wires/refused-fields.js';
import { BrokenReply, ReplyError, ReplyTurn } from './wires/reply-turn.js';
import type { Ask, Wire, WireBody } from './wires/wire.types.js';

export interface ProviderModelOptions {
  readonly wire: Wire;
  readonly http: ProviderHttp;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly origin: Origin;
  readonly facts: ModelFacts;
  readonly timeouts: ModelTimeouts;
  readonly redactor: Redactor;
  /** Fields that this server is known to refuse. */
  readonly leaveOut: readonly string[];
  /** False where the server cannot stream, or cannot take tools. */
  readonly streams: boolean;
  readonly tools: boolean;
  /** null: the provider's own way. */
  readonly thinking: Thinking | null;
  /** Most tokens of one reply; null: the provider's own limit. */
  readonly maxOutputTokens: number | null;
}

/** A server is asked again without what it refuses, but not for ever. */
const REFUSALS_MAX = 4;
/** How often a request is made shorter. Refusals cost nothing. */
const SHORTER_MAX = 2;
/** Of what was sent, as long as nobody has counted it. */
const CHARACTERS_PER_TOKEN = 4;
/** Cut a little further than the numbers say: pieces of text are not cut to the token. */
const MARGIN = 0.8;

/**
 * messages ─► prompt ─► body ─► POST ─► bytes ─► frames ─► turn ─► text and thoughts as they come; calls and finish at the end
 *
 * One provider's model as a ModelClient: one reply, no retries but without fields that the server refuses by name. Calls are held
 * back until the end, so a stream that breaks off never leaves half a turn. What the wire calls the end is the end: nothing that
 * the connection does later makes a failure of a whole reply.
 */
export class ProviderModel implements ModelClient {
  readonly provider: string;
  readonly model: string;
  readonly #options: ProviderModelOptions;
  readonly #refused: RefusedFields;
  /** Whether its last reply had an end of thoughts without a beginning: then the next one is likely to begin with thoughts, too. */
  #assumesThought = false;
  /** The window of the configuration, or a smaller one that the server has named. */
  #windowNamed: number;

  constructor(options: ProviderModelOptions) {
    this.#options = options;
    this.#refused = new RefusedFields(options.wire.optional, options.leaveOut);
    this.provider = options.origin.provider;
    this.model = options.origin.model;
    this.#windowNamed = options.facts.contextTokens;
  }

  get contextTokens(): number {
    return this.#windowNamed;
  }

  /** Optional fields that this server is known to refuse. */
  get leftOut(): readonly string[] {
    return this.#refused.all;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    signal.throwIfAborted();
    const patience = new Patience(this.#options.timeouts, signal);
    const reply = new Reply(this.#options, patience, this.#assumesThought);
    try {
      const bytes = await this.#send(request, patience);
      for await (const event of reply.read(bytes)) {
        yield event;
        signal.throwIfAborted();
      }
      this.#assumesThought = reply.hasLoneEnd ?? this.#assumesThought;
      yield* reply.ending(request);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#explain(error, patience);
    } finally {
      patience.end();
    }
  }

  /** What is refused for its length is cut to what the refusal names, or to half, and sent again; the limit that was named is kept. */
  async #send(request: ModelRequest, patience: Patience): Promise<AsyncIterable<Uint8Array>> {
    let window = this.contextTokens;
    for (let tries = 0; ; tries += 1) {
      const ask = this.#askFor(request, window);
      const body = this.#options.wire.body(ask);
      try {
        return await this.#sendBody(ask, body, patience);
      } catch (error) {
        const length = error instanceof HttpRefusal && error.status !== 429 ? readContextLength(error.body) : null;
        if (length === null || !request.fit || tries === SHORTER_MAX) throw error;
        this.#windowNamed = Math.min(this.contextTokens, length.limit ?? Infinity);
        window = windowAfter(length, Math.min(window, JSON.stringify(body).length / CHARACTERS_PER_TOKEN));
      }
    }
  }

  async #sendBody(ask: Ask, body: WireBody, patience: Patience): Promise<AsyncIterable<Uint8Array>> {
    const without = new Set<string>();
    for (let refusals = 0; ; refusals += 1) {
      const sent = this.#refused.apply(body, without);
      try {
        const bytes = await this.#post(ask, sent, patience);
        this.#refused.remember(without);
        return bytes;
      } catch (error) {
        const named = error instanceof HttpRefusal && refusals < REFUSALS_MAX ? this.#namedIn(error, sent) : [];
        if (named.length === 0) throw error;
        for (const name of named) without.add(name);
      }
    }
  }

  #post(ask: Ask, body: WireBody, patience: Patience): Promise<AsyncIterable<Uint8Array>> {
    const { wire, http, baseUrl, apiKey } = this.#options;
    const url = `${baseUrl.replace(/(?<!\/)\/+$/, '')}/${wire.path(ask)}`;
    const onByte = (): void => {
      patience.byte();
    };
    return http.post({ url, headers: wire.headers(apiKey), body, signal: patience.signal, onByte });
  }

  #namedIn({ status, body }: HttpRefusal, sent: WireBody): string[] {
    return status === 400 || status === 422 ? this.#refused.namedIn(body, sent) : [];
  }

  #askFor(request: ModelRequest, window: number): Ask {
    const { facts, maxOutputTokens, wire, thinking, streams, tools } = this.#options;
    const messages = request.fit?.(request.messages, window, facts) ?? request.messages;
    const offered = tools ? request.tools : [];
    const most = Math.min(request.maxOutputTokens ?? Infinity, maxOutputTokens ?? Infinity);
    return {
      model: this.model,
      prompt: toPrompt(messages, {
        name: `${this.provider}/${this.model}`,
        facts,
        marksCache: wire.marksCache,
        offersTools: offered.length > 0,
      }),
      tools: offered,
      ...(most === Infinity ? {} : { maxOutputTokens: most }),
      ...(thinking === null ? {} : { thinking }),
      stream: streams,
    };
  }

  #explain(error: unknown, patience: Patience): Error {
    const { origin, timeouts, redactor } = this.#options;
    const exceeded = patience.exceeded() ?? (isConnectTimeout(error) ? { tier: 'connect' as const, limit_ms: timeouts.connectMs } : null);
    return exceeded ? timeoutFault(origin, exceeded, error) : toUpstreamFault(error, origin, redactor);
  }
}

/** The window that makes of so many tokens what the server takes. Its tokens may be smaller than those that the house counts. */
function windowAfter({ limit, requested }: ContextLength, sent: number): number {
  return Math.floor(sent * (limit !== null && requested !== null ? Math.min(1, limit / requested) * MARGIN : 0.5));
}

/** One reply, as far as it has come. */
class Reply {
  readonly #options: ProviderModelOptions;
  readonly #patience: Patience;
  readonly #turn: ReplyTurn;
  readonly #frames = new FrameReader();
  readonly #read: (frame: Frame) => void;

  constructor(options: ProviderModelOptions, patience: Patience, assumesThought: boolean) {
    this.#options = options;
    this.#patience = patience;
    this.#turn = new ReplyTurn(assumesThought);
    this.#read = options.wire.reader(this.#turn);
  }

  get hasLoneEnd(): boolean | null {
    return this.#turn.hasLoneEnd;
  }

  /** What can be shown, until the end: the wire's own mark, or a reason to stop and then the end of bytes or of patience. */
  async *read(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ModelEvent> {
    try {
      for await (const chunk of bytes) {
        try {
          this.#take(this.#frames.push(chunk));
        } finally {
          yield* this.#shown(); // also what stands before an error
        }
        if (this.#turn.isOver) break;
      }
      if (!this.#turn.isOver) this.#take(this.#frames.end());
    } catch (error) {
      if (error instanceof BrokenReply || error instanceof ReplyError) throw error;
      if (this.#turn.reason === null) throw new BrokenReply('the connection', { cause: error });
    }
    this.#turn.close();
    yield* this.#shown();
  }

  /** The calls and the finish; throws where the reply is not whole. */
  *ending(request: ModelRequest): Generator<ModelEvent> {
    const { origin, facts } = this.#options;
    const turn = this.#turn;
    if (turn.reason === null) throw this.#unfinished();
    const calls = turn.calls();
    const reason = reasonOf(turn, calls.length > 0);
    const isSilent = reason === 'stop' && !turn.hasSpoken && owesReply(request);
    for (const call of calls) yield { type: 'tool_call', call };
    const state = calls.length > 0 ? turn.state(`${origin.provider}/${origin.model}`) : undefined;
    yield {
      type: 'finish',
      reason,
      usage: turn.usage,
      ...(turn.tokens.cachedInput > 0 ? { cachedInput: turn.tokens.cachedInput } : {}),
      provider: origin.provider,
      model: origin.model,
      costUsd: costOf(turn.tokens, facts.price),
      ...(isSilent ? { silent: true } : {}),
      ...(state ? { state } : {}),
    };
  }

  #take(frames: readonly Frame[]): void {
    const { reason } = this.#turn;
    for (const frame of frames) {
      this.#read(frame);
      if (this.#turn.isOver) return;
    }
    if (frames.length > 0 && (reason === null || this.#turn.reason === null)) this.#wait();
  }

  #wait(): void {
    if (this.#turn.reason !== null) this.#patience.finishes();
    else if (this.#turn.isThinking) this.#patience.thinks();
    else if (this.#turn.isReply) this.#patience.heard();
  }

  *#shown(): Generator<ModelEvent> {
    const { speech, thought, voids } = this.#turn.drain();
    if (this.#turn.reason !== null && speech !== '') this.#patience.finishes();
    if (voids) yield { type: 'restart', provider: this.#options.origin.provider, model: this.#options.origin.model };
    if (thought !== '') yield { type: 'thinking', text: thought };
    if (speech !== '') yield { type: 'text', text: speech };
  }

  /** Nothing of the wire in a body that was there: another try would bring the same. */
  #unfinished(): Error {
    const beginning = this.#frames.beginning.trim();
    const { origin, redactor } = this.#options;
    return this.#turn.isReply || beginning === '' ? brokenFault(origin, 'broke off') : mismatchFault(origin, beginning, redactor);
  }
}

/** After results of tools a model may have nothing to add. */
function owesReply({ messages }: ModelRequest): boolean {
  return messages.at(-1)?.role !== 'tool';
}

function reasonOf({ reason, refused }: ReplyTurn, hasCalls: boolean): FinishReason {
  if (hasCalls) return reason === 'length' || reason === 'content_filter' ? reason : 'tool_calls';
  return refused && reason === 'stop' ? 'content_filter' : (reason ?? 'other');
}
