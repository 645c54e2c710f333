/**
 * run's end ─► work ─► whose turn is it in the chat? ─► pieces ─► each: "it leaves" ─► platform ─► "it arrived", with its id
 *
 * Protects: what was sent is not sent again, also where another process goes on; what may have arrived is sent again once, and the log
 * says so, unless the platform can tell; in one chat nothing overtakes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { uuidToId } from '@openclaw/words';
import { cancelWork, DONE, type HandledWork, handleWork, snooze, type WorkAttempt, type WorkOutcome } from '@openclaw/work';
import type { Logger } from '@openclaw/telemetry';
import type { Capabilities, DeliverySubject, OpenChannel, Piece } from './channel.types.js';
import { ChannelFault } from './channel-fault.js';
import type { ChannelType } from './channel-types.js';
import { deliverKind } from './deliver-kinds.js';
import type { DeliveriesStore, Delivery } from './deliveries.store.js';
import type { StatesStore } from './states.store.js';

/** What a delivery needs of the channel that it goes through. */
export interface DeliveringChannel {
  readonly type: ChannelType;
  readonly capabilities: Capabilities;
  /** The open connection; null while there is none. */
  readonly channel: () => OpenChannel | null;
  /** Stops showing a reply while it is made. @returns the message that it takes the place of */
  readonly endPreview: (delivery: string) => Promise<string | null>;
}

export interface DeliverDeps {
  readonly deliveries: DeliveriesStore;
  readonly states: StatesStore;
  readonly logger: Logger;
}

const BEHIND_MS = 500;
const NOT_OPEN_MS = 2000;

/** Says things in the chats of one channel. */
export function deliverJob(through: DeliveringChannel, deps: DeliverDeps): HandledWork {
  return handleWork(
    deliverKind(through.type),
    ({ delivery }, attempt) => deliver(delivery, attempt, through, deps),
    () => through.channel() !== null,
  );
}

async function deliver(id: string, attempt: WorkAttempt, through: DeliveringChannel, deps: DeliverDeps): Promise<WorkOutcome> {
  const delivery = await deps.deliveries.load(id);
  if (delivery?.status !== 'open') return DONE;
  if (delivery.run_status === 'cancelled') {
    await through.endPreview(id);
    await deps.deliveries.fail(id, 'The message was cancelled.');
    return DONE;
  }
  const channel = through.channel();
  if (channel === null) return snooze(NOT_OPEN_MS);
  if (delivery.is_behind) {
    await wait(BEHIND_MS);
    return snooze(0);
  }
  return new Saying({ id, delivery, attempt, through, channel }, deps).say();
}

interface Said {
  readonly id: string;
  readonly delivery: Delivery;
  readonly attempt: WorkAttempt;
  readonly through: DeliveringChannel;
  readonly channel: OpenChannel;
}

/** One attempt at one delivery. */
class Saying {
  readonly #said: Said;
  readonly #deps: DeliverDeps;
  #sent: number;

  constructor(said: Said, deps: DeliverDeps) {
    this.#said = said;
    this.#deps = deps;
    this.#sent = said.delivery.pieces_sent;
  }

  async say(): Promise<WorkOutcome> {
    const { id, delivery, through, channel, attempt } = this.#said;
    if (delivery.sending && !through.capabilities.canTell) this.#uncertain();
    const pieces = channel.split(textOf(delivery, through.capabilities), subjectOf(id, delivery));
    const replaces = (await through.endPreview(id)) ?? delivery.preview;
    try {
      while (this.#sent < pieces.length) await this.#send(pieces, this.#sent === 0 ? replaces : null);
      await this.#deps.states.said(through.type);
      return DONE;
    } catch (thrown) {
      if (!(thrown instanceof ChannelFault)) throw thrown;
      return await this.#failed(thrown, attempt);
    }
  }

  async #send(pieces: readonly Piece[], replaces: string | null): Promise<void> {
    const { id, delivery, channel, attempt } = this.#said;
    const index = this.#sent;
    const piece = pieces[index];
    if (!piece) throw new Error('there is no such piece');
    await this.#deps.deliveries.leaves(id);
    const key = `${id}:${String(index)}`;
    const { chat, thread, reply_to: replyTo } = delivery;
    const ref = await channel.send({ key, chat, thread, piece, replyTo: index === 0 ? replyTo : null, replaces, signal: attempt.signal });
    this.#sent += 1;
    await this.#deps.deliveries.arrives(id, this.#sent, ref, this.#sent === pieces.length);
  }

  async #failed(fault: ChannelFault, { isLastTry }: WorkAttempt): Promise<WorkOutcome> {
    const { id, delivery, through } = this.#said;
    const { deliveries, logger } = this.#deps;
    // Where the platform cannot tell, what may have arrived is sent again once.
    const isEnough = fault.trouble === 'uncertain' && delivery.sending && !through.capabilities.canTell;
    if (isEnough || fault.trouble === 'refused' || (isLastTry && fault.trouble !== 'rest')) {
      await deliveries.fail(id, fault.message);
      logger.warn({ err: fault, channel: through.type }, 'a reply could not be delivered');
      return cancelWork(fault.message);
    }
    // What surely did not arrive leaves no doubt behind.
    if (fault.trouble !== 'uncertain') await deliveries.stays(id);
    if (fault.trouble === 'rest') return snooze(fault.restMs);
    throw fault;
  }

  /** Twice is better than never. */
  #uncertain(): void {
    this.#deps.logger.warn({ channel: this.#said.through.type, piece: this.#sent }, 'delivery_uncertain');
  }
}

function textOf({ content, run_status: status, error, files }: Delivery, { canFile }: Capabilities): string {
  if (status === 'failed') return error?.message ?? 'This message could not be answered.';
  const text = content?.trim() ? content : '(The reply has no text.)';
  return canFile || files.length === 0
    ? text
    : `${text}\n\n(With it: ${files.join(', ')}. This chat takes no files; its conversation in the API has them.)`;
}

function subjectOf(id: string, { run_id: runId, conversation_id: conversationId, run_status: status }: Delivery): DeliverySubject {
  return {
    id,
    runId: runId === null ? null : uuidToId('msg', runId),
    conversationId: conversationId === null ? null : uuidToId('conv', conversationId),
    isFailure: status === 'failed',
  };
}
