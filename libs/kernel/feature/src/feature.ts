import type { Caller, ConversationId, MessageId, RouteContract } from '@openclaw/words';
import type { Database } from '@openclaw/db';
import type { EventKeys, LiveReader, RunFollower } from '@openclaw/events';
import type { ModelClient } from '@openclaw/language-model';
import type { Bell } from '@openclaw/queue';
import type { Redis } from '@openclaw/redis';
import type { WrittenSettings } from '@openclaw/settings';
import type { GatewayMetrics, Logger } from '@openclaw/telemetry';
import type { HandledWork, NewWork } from '@openclaw/work';
import type { RouteHandler } from './handle.js';
import type { QuestionVectors } from './question-vectors.js';
import type { SkillRunner } from './skill-runner.js';
import type { Tool, ToolRun } from './tool.types.js';

/** Whether a message can be taken now. */
export interface Admission {
  /** @throws Fault that tells the caller why nothing is accepted now */
  check(): Promise<void>;
  /** @throws Fault where the database has no room for more */
  checkRoom(): void;
  /** Messages that may wait for a worker. */
  readonly queueMax: number;
}

/** Whether this gateway can serve, as it is whenever it is asked. */
export interface Vitals {
  /** Postgres and Redis take what is written. */
  readonly isWell: boolean;
  /** This process has not stood still within the last seconds. */
  readonly isResponsive: boolean;
  readonly checks: Readonly<Record<'postgres' | 'redis', 'ok' | 'failing'>>;
}

/** Whom a gateway lets in by the tokens that were made. */
export interface Admittance {
  /** Tokens were revoked: resolves when this gateway lets them in no more; the others are told. Never fails. */
  changed(): Promise<void>;
}

/** What a gateway lends to the features that it mounts. */
export interface GatewayKernel {
  readonly settings: WrittenSettings;
  readonly version: string;
  readonly logger: Logger;
  readonly database: Database;
  readonly redis: Redis;
  readonly keys: EventKeys;
  readonly bell: Bell;
  readonly live: LiveReader;
  readonly follower: RunFollower;
  readonly admission: Admission;
  readonly vitals: Vitals;
  /** This gateway's figures. */
  readonly metrics: Pick<GatewayMetrics, 'text'>;
  readonly admittance: Admittance;
  /** What a question means, as a vector. */
  readonly questions: QuestionVectors;
  /** Where this gateway keeps what it makes; null where it keeps nothing. */
  readonly dataFolder: string | null;
  /** Every route that is mounted, by name. */
  readonly routes: Readonly<Record<string, RouteContract>>;
}

/** What a gateway looks after beside its requests, every second, never twice at once. What it throws is logged, and it is tried again. */
export interface Chore {
  /** For the log. */
  readonly name: string;
  run(): Promise<void>;
}

/** What a feature brings to a gateway. */
export interface GatewayParts {
  /** One handler for each route of its words. */
  readonly routes: readonly RouteHandler[];
  readonly chores?: readonly Chore[];
}

/** What a worker lends to the features that it mounts. */
export interface WorkerKernel {
  readonly settings: WrittenSettings;
  readonly logger: Logger;
  readonly database: Database;
  readonly redis: Redis;
  readonly keys: EventKeys;
  readonly bell: Bell;
  /** The language model of the settings of that moment. */
  readonly model: ModelClient;
  /** What a question means, as a vector. */
  readonly questions: QuestionVectors;
  /** Runs the code of skills, or says why it does not. */
  readonly skillRunner: SkillRunner;
}

/** A run that was answered, as far as what comes after it depends on it. */
export interface AnsweredRun {
  readonly caller: Caller;
  readonly conversationId: ConversationId;
  /** The messages that it read, its question the last. */
  readonly thread: readonly unknown[];
  /** Of these, the ones that a summary holds. */
  readonly covered: number;
  /** There are messages before the thread. */
  readonly hasEarlier: boolean;
}

/** A run that is over, however it ended. */
export interface EndedRun {
  readonly runId: MessageId;
  readonly channel: string;
  readonly caller: Caller;
}

/** What a feature brings to a worker. Each may be left out. */
export interface WorkerParts {
  /** What the agent can do in that run. Called once for each attempt; it may have to look. */
  readonly tools?: (run: ToolRun) => readonly Tool[] | Promise<readonly Tool[]>;
  /** Kinds of durable work, each with its handler. */
  readonly works?: readonly HandledWork[];
  /** Work that is written in the transaction that completes a run. */
  readonly afterReply?: (run: AnsweredRun) => readonly NewWork[];
  /** The same for every end that a worker writes: completed, failed or cancelled. */
  readonly afterRun?: (run: EndedRun) => readonly NewWork[];
}

/**
 * Something the house can do, as one value: its words, and what it brings to each process. Every seam may be left out. A process
 * loads only its own side: what a gateway never needs is never in its memory.
 */
export interface Feature {
  readonly name: string;
  /** The routes by the names that OpenAPI and the SDKs know them by. */
  readonly routes?: Readonly<Record<string, RouteContract>>;
  readonly gateway?: (kernel: GatewayKernel) => Promise<GatewayParts>;
  readonly worker?: (kernel: WorkerKernel) => Promise<WorkerParts>;
}
