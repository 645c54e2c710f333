import type { Thinking } from '@openclaw/words';
import type { ToolDefinition } from '@openclaw/language-model';
import type { Prompt } from '../prompt.types.js';
import type { Frame } from './frame-reader.js';
import type { ReplyTurn } from './reply-turn.js';

/** One request, in the words of no wire. */
export interface Ask {
  readonly model: string;
  readonly prompt: Prompt;
  readonly tools: readonly ToolDefinition[];
  /** Most tokens of the reply; the provider's own limit where absent. */
  readonly maxOutputTokens?: number;
  /** How much the model may think; the provider's own way where absent. */
  readonly thinking?: Thinking;
  /** False: the whole reply at once, for servers that cannot stream. */
  readonly stream: boolean;
}

export interface WireBody {
  readonly [name: string]: unknown;
}

/** How one vendor writes requests and replies. */
export interface Wire {
  readonly baseUrl: string;
  /** Behind the base URL. */
  path(ask: Pick<Ask, 'model' | 'stream'>): string;
  headers(apiKey: string): Readonly<Record<string, string>>;
  body(ask: Ask): WireBody;
  /** Whether points for caching must be marked. */
  readonly marksCache: boolean;
  /** Fields of the body that a server may refuse and that a request can do without, as paths; see RefusedFields. */
  readonly optional: readonly string[];
  /**
   * Reads the frames of one reply into a turn. What it does not know it leaves alone.
   * The function throws ReplyError for an error of the provider's, BrokenReply where the provider says that the reply is not whole.
   */
  reader(turn: ReplyTurn): (frame: Frame) => void;
}
