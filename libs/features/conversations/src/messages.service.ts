import { hash } from 'node:crypto';
import {
  type Caller,
  type ConversationId,
  type Include,
  type MessageId,
  type MessageStatus,
  newId,
  type OnBusy,
  type PersonId,
  replySchema,
  type Reply,
  type RunEvent,
  uuidToId,
} from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { Admission } from '@openclaw/feature';
import type { Notices } from '@openclaw/events';
import type { FilesStore } from '@openclaw/files';
import type { Bell } from '@openclaw/queue';
import type { Logger } from '@openclaw/telemetry';
import canonicalize from 'canonicalize';
import type { AcceptStore } from './accept.store.js';
import type { Acceptance, AcceptanceResult } from './acceptance.types.js';
import { nameFiles, noSuchFile } from './name-files.js';
import { isOver } from './run-state.js';
import type { RunRecord } from './run.types.js';
import type { RunsStore } from './runs.store.js';

/** A message at the door, validated. */
export interface IncomingMessage {
  readonly channel: string;
  readonly content: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly conversationId?: ConversationId | undefined;
  readonly parentId?: MessageId | undefined;
  readonly onBusy: OnBusy;
  readonly include: Include;
  /** `untrusted` where it is somebody else's text than the person's; the person's own where absent. */
  readonly provenance?: Acceptance['provenance'];
}

/** A message that comes with something else that is written; it never interrupts. */
export type OwnMessage = IncomingMessage & { readonly onBusy: 'queue' | 'reject' };

/** A transaction that somebody else has begun. */
type Transaction = Parameters<AcceptStore['acceptWithin']>[0];

/** The run that answers; its id is the reply's. */
export interface AcceptedRun {
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  /** True where an earlier request with the same key had made it. */
  readonly replayed: boolean;
}

/** As {@link AcceptedRun}, not yet committed. */
export interface AcceptedWithin extends Omit<AcceptedRun, 'replayed'> {
  readonly announce: () => Promise<void>;
}

export interface MessagesDependencies {
  readonly accepts: AcceptStore;
  readonly runs: RunsStore;
  readonly files: FilesStore;
  readonly bell: Bell;
  readonly notices: Notices;
  readonly admission: Admission;
  readonly logger: Logger;
}

/**
 * files named ─► admission ─► one transaction {message, run, idempotency key} ─► ring the doorbell ─► tell subscribers
 *
 * Whatever this accepts is in Postgres before anybody hears of it. What follows the commit may fail: the sweeper rings again.
 */
export class MessagesService {
  readonly #dependencies: MessagesDependencies;

  constructor(dependencies: MessagesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Accepts a message. With an idempotency key the same message is accepted once, however often and wherever it is sent.
   * @throws Fault `not_found` (conversation, file), `bad_request` (parent, a file's type), `conflict` (busy, key reused),
   * `service_unavailable`
   */
  async accept(caller: Caller, message: IncomingMessage, idempotencyKey?: string): Promise<AcceptedRun> {
    const key = keyOf({ ...message, include: toIdentity(message.include), person: caller.sees ?? undefined }, idempotencyKey);
    return this.#acceptOnce(caller, key, await this.#ask(caller, message));
  }

  async #ask(caller: Caller, message: IncomingMessage): Promise<Omit<Acceptance, 'runId' | 'idempotency' | 'queueMax'>> {
    const { fileIds, metadata } = await nameFiles(this.#dependencies.files, caller, message.metadata);
    return {
      conversationId: message.conversationId ?? newId('conv'),
      isNew: message.conversationId === undefined,
      question: { id: newId('msg'), content: message.content, metadata },
      fileIds,
      parentId: message.parentId ?? null,
      channel: message.channel,
      provenance: message.provenance,
      include: message.include,
      onBusy: message.onBusy,
    };
  }

  /**
   * Accepts a message as a part of another transaction: both are there or neither.
   * @param key one that no client can send
   * @returns the run, and what tells of it, for once that is committed; it never fails
   * @throws Fault as {@link accept}, also where the queue is full; then it has written nothing
   */
  async acceptWithin(query: Transaction, caller: Caller, message: OwnMessage, key?: string): Promise<AcceptedWithin> {
    const { accepts, admission } = this.#dependencies;
    const asked = await this.#ask(caller, message);
    await admission.check();
    const runId = newId('msg');
    const result = await accepts.acceptWithin(query, caller, {
      ...asked,
      runId,
      onBusy: message.onBusy,
      idempotency: key === undefined ? null : { key, requestHash: '' },
      queueMax: admission.queueMax,
    });
    if (result.outcome !== 'accepted') return refuse(result.outcome);
    const { conversationId, question } = asked;
    const made = { runId, conversationId, person: result.person, messageId: question.id, requestId: caller.requestId };
    return { runId, conversationId, announce: () => this.#announce(made, null) };
  }

  /**
   * Has the question of an earlier reply answered again, as a branch; the earlier reply stays.
   * @throws Fault `not_found`, `conflict` (busy, key reused), `service_unavailable`
   */
  async regenerate(
    caller: Caller,
    runId: MessageId,
    how: Pick<IncomingMessage, 'onBusy' | 'include'>,
    idempotencyKey?: string,
  ): Promise<AcceptedRun> {
    const { conversationId, questionId, channel } = await this.get(caller, runId);
    const key = keyOf({ regenerate: runId, onBusy: how.onBusy, include: toIdentity(how.include) }, idempotencyKey);
    return this.#acceptOnce(caller, key, {
      conversationId,
      isNew: false,
      question: { id: questionId },
      fileIds: [],
      parentId: null,
      channel,
      ...how,
    });
  }

  /** @throws Fault `not_found` */
  async status(caller: Caller, runId: MessageId): Promise<MessageStatus> {
    return toStatus(await this.get(caller, runId));
  }

  /** @throws Fault `not_found` */
  async get(caller: Caller, runId: MessageId): Promise<RunRecord> {
    const run = await this.#dependencies.runs.find(caller, runId);
    if (!run) throw notFound('message');
    return run;
  }

  /**
   * Asks for a run to be stopped. It is over at once where no worker has it; else its worker ends it.
   * @throws Fault `not_found`, or `conflict` where it is over already
   */
  async cancel(caller: Caller, runId: MessageId): Promise<void> {
    const run = await this.get(caller, runId);
    const error = cancelledFault(runId).toBody();
    const event: RunEvent = { type: 'error', id: runId, seq: 1, conversation_id: run.conversationId, ...error };
    const status = await this.#dependencies.runs.requestCancel(caller, runId, error, JSON.stringify([event]));
    if (status === null) throw new Fault('conflict', 'This message is over already.', { details: { id: runId } });
    const { notices, bell } = this.#dependencies;
    if (status === 'cancelled') await this.#lenient(notices.ended(event, run.person));
    else await this.#lenient(notices.cancel(runId));
    // Whoever stood behind it heard his own bell in vain.
    if (status === 'cancelled') await this.#lenient(this.#ringNext(run.conversationId));
    // Handed back by one worker and not yet taken by the next: whoever takes it finds the request and ends it.
    if (status === 'queued') await this.#lenient(bell.ring('runs', runId));
  }

  /** Takes what was said in a deleted conversation out of Redis, where it would stay for seconds more. @param runIds what was going */
  async forget(conversationId: ConversationId, runIds: readonly MessageId[]): Promise<void> {
    await this.#lenient(this.#dependencies.notices.forgotten(conversationId, runIds));
  }

  async #ringNext(conversationId: ConversationId): Promise<void> {
    const next = await this.#dependencies.runs.nextInLine(conversationId);
    if (next) await this.#dependencies.bell.ring('runs', next);
  }

  async #acceptOnce(
    caller: Caller,
    key: Acceptance['idempotency'],
    what: Omit<Acceptance, 'runId' | 'idempotency' | 'queueMax'>,
  ): Promise<AcceptedRun> {
    const known = await this.#replay(caller, key);
    if (known) return known;
    const runId = newId('msg');
    const { conversationId } = what;
    const result = await this.#write(caller, { ...what, runId, idempotency: key });
    if (result.outcome !== 'accepted') return (await this.#replay(caller, key)) ?? refuse(result.outcome);
    // Not waited for: with Redis silent that would take as long as its timeouts, and the sweeper makes good what is missed.
    void this.#announce(
      { runId, conversationId, person: result.person, messageId: what.question.id, requestId: caller.requestId },
      result.interruptedRunId,
    );
    return { runId, conversationId, replayed: false };
  }

  async #write(caller: Caller, acceptance: Omit<Acceptance, 'queueMax'>): Promise<AcceptanceResult> {
    await this.#dependencies.admission.check();
    return this.#dependencies.accepts.accept(caller, { ...acceptance, queueMax: this.#dependencies.admission.queueMax });
  }

  async #replay(caller: Caller, key: Acceptance['idempotency']): Promise<AcceptedRun | null> {
    if (!key) return null;
    const known = await this.#dependencies.accepts.findKey(caller, key.key);
    if (!known) return null;
    const runId = uuidToId('msg', known.runUuid);
    if (known.requestHash !== key.requestHash) {
      throw new Fault('conflict', 'This Idempotency-Key was used for another message. Use a new key.', { details: { id: runId } });
    }
    const run = await this.get(caller, runId);
    return { runId, conversationId: run.conversationId, replayed: true };
  }

  async #announce(
    made: { runId: MessageId; conversationId: ConversationId; person: PersonId; messageId: MessageId; requestId: string },
    interruptedUuid: string | null,
  ): Promise<void> {
    const { bell, notices } = this.#dependencies;
    await Promise.all([
      this.#lenient(bell.ring('runs', made.runId)),
      this.#lenient(notices.messageCreated(made)),
      interruptedUuid === null ? undefined : this.#lenient(notices.cancel(uuidToId('msg', interruptedUuid))),
    ]);
  }

  /** After the commit nothing may fail the caller: the message is accepted, and the sweeper makes good what Redis missed. */
  async #lenient(work: Promise<void>): Promise<void> {
    await work.catch((err: unknown) => {
      this.#dependencies.logger.warn({ err }, 'redis missed a notice; the sweeper will see to it');
    });
  }
}

/** Nothing where nothing was asked for: keys of earlier requests stay what they were. */
function toIdentity(include: Include): Include | undefined {
  return include.length === 0 ? undefined : include;
}

/** @param identity what makes a request with the same key the same request */
function keyOf(identity: object, key: string | undefined): Acceptance['idempotency'] {
  return key === undefined ? null : { key, requestHash: hash('sha256', canonicalize(identity) ?? '') };
}

/** What whoever waits for a cancelled message gets. */
export function cancelledFault(runId: MessageId): Fault {
  return new Fault('conflict', 'This message was cancelled.', { details: { id: runId } });
}

/** The whole reply of a completed run. */
export function toReply(run: RunRecord): Reply {
  return replySchema.parse({ id: run.id, conversation_id: run.conversationId, role: 'assistant', content: run.content, ...run.outcome });
}

function toStatus(run: RunRecord): MessageStatus {
  return {
    id: run.id,
    conversation_id: run.conversationId,
    status: run.status,
    attempt: run.attempt,
    created_at: run.createdAt.toISOString(),
    started_at: run.startedAt?.toISOString() ?? null,
    finished_at: run.finishedAt?.toISOString() ?? null,
    ...(run.status === 'completed' ? { response: toReply(run) } : {}),
    ...(isOver(run.status) && run.error ? { error: run.error } : {}),
  };
}

function refuse(outcome: Exclude<AcceptanceResult['outcome'], 'accepted'>): never {
  switch (outcome) {
    case 'no_conversation':
      throw notFound('conversation');
    case 'no_parent':
      throw new Fault('bad_request', 'parent_id names no message of this conversation.', {
        details: { issues: [{ path: 'parent_id', message: 'is not a message of this conversation' }] },
      });
    case 'no_file':
      throw noSuchFile();
    case 'busy':
      throw new Fault('conflict', 'This conversation is busy with another message. Wait for it, or send with on_busy "queue".');
    case 'queue_full':
      throw new Fault('service_unavailable', 'Too many messages are waiting. Try again in a few seconds.', {
        details: { retry_after_seconds: 5 },
      });
    case 'key_taken':
      throw new Fault('conflict', 'The same Idempotency-Key is being used right now. Try again.');
  }
}

/** Missing, or somebody else's. */
export function notFound(thing: 'message' | 'conversation'): Fault {
  return new Fault('not_found', `There is no such ${thing}.`);
}
