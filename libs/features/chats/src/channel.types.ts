import type { Config } from '@openclaw/words';
import type { Logger } from '@openclaw/telemetry';
import type { ChannelType } from './channel-types.js';

/** What a platform can do, as far as what the agent sends depends on it. */
export interface Capabilities {
  /** A message that was sent can be changed. */
  readonly canEdit: boolean;
  /** A reply is shown while it is made. */
  readonly canStream: boolean;
  /** A question can come with buttons. */
  readonly canButton: boolean;
  /** The agent's files arrive as files; else they are named in the reply. */
  readonly canFile: boolean;
  /** The same piece sent twice under one key arrives once. */
  readonly canTell: boolean;
  /** Longest message, in the platform's own units. */
  readonly maxLength: number;
  /** What the platform renders. */
  readonly format: 'html' | 'json' | 'plain';
}

/** A chat, and the topic in it that is meant; '' for none. */
export interface Place {
  readonly chat: string;
  readonly thread: string;
}

/** A message of the platform, in words of our own. */
export interface IncomingChat extends Place {
  /** The platform's id of the message, unique within the chat. */
  readonly id: string;
  readonly kind: 'direct' | 'group';
  readonly sender: {
    /** Immutable, verbatim; null for one who is no person: a group's anonymous administrator, a linked channel. */
    readonly id: string | null;
    readonly name: string | null;
    /** Machines are never answered. */
    readonly isBot: boolean;
  };
  /** True where it is said to us: by a mention or as an answer. In a direct chat everything is. */
  readonly isToUs: boolean;
  readonly text: string;
  /** What it answers or quotes and we did not say to this very person, at most 500 characters; null for nothing. */
  readonly quoted: string | null;
  /** Somebody else's words, passed on. */
  readonly isForwarded: boolean;
  readonly sentAt: Date;
  /** As `metadata.attachments` of POST /message takes them. */
  readonly attachments: readonly object[];
  /** What the sender is to be told beside the answer. */
  readonly remarks: readonly string[];
  /** Equal for messages that are one: an album. */
  readonly album: string | null;
  /** As long as a message may be: more may follow at once. */
  readonly isFull: boolean;
}

/** A piece of what is said, as the platform takes it. */
export interface Piece {
  readonly text: string;
  /** The same without any formatting, for a platform that refuses it. */
  readonly plain: string;
}

/** One piece on its way. */
export interface Sending extends Place {
  /** The same for the same piece, whoever sends it and whenever. */
  readonly key: string;
  readonly piece: Piece;
  /** The message that it answers; null but for the first piece. */
  readonly replyTo: string | null;
  /** A message of ours that it takes the place of: what was shown of the reply so far; null for none. */
  readonly replaces: string | null;
  readonly signal: AbortSignal;
}

/** What a delivery is about, for platforms whose readers are programs. */
export interface DeliverySubject {
  readonly id: string;
  readonly runId: string | null;
  readonly conversationId: string | null;
  readonly isFailure: boolean;
}

/** A reply that is shown while it is made. Whatever goes wrong with it is nobody's concern: the delivery says it all. */
export interface Preview {
  /** The reply so far; called as often as it grows. */
  show(text: string): void;
  /** No more of it is shown after this resolves. @returns the message that the reply takes the place of, null for none */
  end(): Promise<string | null>;
}

/** A channel that is open: one connection to one platform under one set of settings. */
export interface OpenChannel {
  /** Hears until `signal` aborts; never returns before. @throws ChannelFault */
  hear(signal: AbortSignal): Promise<void>;
  /** Cuts and formats what is to be said; pure. At least one piece. */
  split(text: string, subject: DeliverySubject): readonly Piece[];
  /** @returns the platform's id of the message; null where it gives none @throws ChannelFault */
  send(sending: Sending): Promise<string | null>;
  /**
   * Shows a reply while it is made; absent where the platform cannot.
   * @param shown is told of a message that the reply is to take the place of
   */
  preview?(place: Place & { readonly replyTo: string }, shown: (ref: string) => Promise<void>): Preview;
  close(): Promise<void>;
}

/** What the house lends to an open channel. */
export interface ChannelHost {
  /** How far it has read; null at the very first. */
  readonly cursor: string | null;
  /**
   * Takes what came, with the platform's mark up to which everything is read: both are kept or neither.
   * @param messages in order; none where only the mark moves
   * @throws Error where another process serves the channel now
   */
  receive(messages: readonly IncomingChat[], cursor: string | null): Promise<void>;
  /** A chat got another id: conversation and person go along. */
  moved(from: string, to: string): Promise<void>;
  /** It hears. @param details for GET /channels/:type/status */
  connected(details?: Readonly<Record<string, unknown>>): Promise<void>;
  /** It goes on, with something that the owner should do; null: that is over. */
  warn(lastError: string | null): Promise<void>;
  readonly logger: Logger;
}

/** What is asked of every sender of a channel. */
export interface ChannelRules {
  readonly maxAgeMs: number;
  /** Let in without a pairing. */
  readonly allowed: readonly string[];
}

/** A channel as the configuration has it. */
export interface ConfiguredChannel {
  /** What it was made of: a channel is opened anew where this is another. */
  readonly shape: unknown;
  /** @throws ChannelFault where the settings cannot do */
  readonly open: (host: ChannelHost) => Promise<OpenChannel>;
}

/** A kind of channel, as one value: a folder of its own, and a line in the list of the channels process. */
export interface ChannelDefinition {
  readonly type: ChannelType;
  readonly capabilities: Capabilities;
  /** null: it is switched off. */
  readonly configured: (config: Config) => ConfiguredChannel | null;
  readonly rulesOf: (config: Config) => ChannelRules;
}
