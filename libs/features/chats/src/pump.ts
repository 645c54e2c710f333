/**
 * rows that wait ─► of each chat the first ─► too old? put aside, and told once ─► the same accept as the API's ─► run
 *
 * Protects: each row is accepted once, by whoever comes first; in one chat in order; what cannot be accepted now waits.
 */
import { randomUUID } from 'node:crypto';
import { type Caller, type ConversationId, type MessageId, type PersonId } from '@openclaw/words';
import type { MessagesService, OwnMessage } from '@openclaw/conversations';
import { Fault } from '@openclaw/errors';
import type { Bell } from '@openclaw/queue';
import type { Logger } from '@openclaw/telemetry';
import type { NewWork } from '@openclaw/work';
import type { ChannelType } from './channel-types.js';
import type { ChatStores } from './chat-stores.module.js';
import { deliverWork } from './deliver-kinds.js';
import type { MissedMessage, PersonsPlace, WaitingMessage } from './inbox.store.js';

export interface PumpDeps {
  readonly stores: Pick<ChatStores, 'transaction' | 'inbox' | 'deliveries'>;
  readonly messages: Pick<MessagesService, 'acceptWithin'>;
  readonly bell: Bell;
  readonly logger: Logger;
}

/** A message of a chat that has its run. */
export interface PumpedRun extends PersonsPlace {
  readonly message: string;
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  readonly caller: Caller;
}

/** Somebody else was quicker. */
class AlreadyTaken extends Error {}

/** Accepts what waits on one channel. */
export class Pump {
  readonly #type: ChannelType;
  readonly #deps: PumpDeps;
  readonly #maxAgeMs: () => number;
  readonly #accepted: (run: PumpedRun) => void;

  /** @param accepted is told of each run that was made here */
  constructor(
    type: ChannelType,
    deps: PumpDeps,
    options: { readonly maxAgeMs: () => number; readonly accepted?: (run: PumpedRun) => void },
  ) {
    this.#type = type;
    this.#deps = deps;
    this.#maxAgeMs = options.maxAgeMs;
    this.#accepted = options.accepted ?? (() => undefined);
  }

  /** Accepts all that is due. Rows that cannot be accepted now wait for the next call. @throws Unreachable */
  async pump(signal: AbortSignal): Promise<void> {
    for (let isMore = true; isMore && !signal.aborted;) {
      const groups = await this.#deps.stores.inbox.due(this.#type);
      const taken = await Promise.all(groups.map((group) => this.#take(group)));
      isMore = taken.some(Boolean);
    }
  }

  /** @returns false where it has to wait */
  async #take(group: readonly WaitingMessage[]): Promise<boolean> {
    const [first] = group;
    if (!first) return false;
    if (await this.#putAside(first)) return true;
    return this.#accept(first, group).catch((thrown: unknown) => this.#refused(thrown, group));
  }

  /** All of the chat that is too old, in one go. */
  async #putAside({ chat, message }: WaitingMessage): Promise<boolean> {
    const { transaction, inbox, deliveries } = this.#deps.stores;
    const asked = await transaction(async (query) => {
      const aside = await inbox.putAside(query, this.#type, chat, this.#maxAgeMs());
      const work: NewWork[] = [];
      for (const { thread, person, count } of counted(aside)) {
        const address = { channel: this.#type, chat, thread, person, replyTo: message };
        work.push(await deliveries.say(query, address, missedSentence(count), (id) => deliverWork(this.#type, id, person)));
      }
      return work;
    });
    await this.#ring(asked);
    return asked.length > 0;
  }

  async #accept(first: WaitingMessage, group: readonly WaitingMessage[]): Promise<boolean> {
    const {
      stores: { transaction, inbox, deliveries },
      messages,
    } = this.#deps;
    const { chat, thread, person, message } = first;
    const place = { channel: this.#type, chat, thread, person };
    const caller = callerOf(this.#type, person);
    const [conversationId, missed] = await Promise.all([inbox.conversationOf(place), inbox.missed(place)]);
    const asked = {
      channel: this.#type,
      content: contentOf(group, missed),
      metadata: metadataOf(group),
      provenance: [...group, ...missed].some(({ provenance }) => provenance === 'untrusted') ? 'untrusted' : 'owner',
      onBusy: 'queue',
      include: [],
      ...(conversationId === null ? {} : { conversationId }),
    } satisfies OwnMessage;
    const ids = group.map(({ id }) => id);
    const run = await transaction(async (query) => {
      const made = await messages.acceptWithin(query, caller, asked);
      if (!(await inbox.take(query, ids, made.runId))) throw new AlreadyTaken();
      await inbox.keepConversation(query, place, made.conversationId);
      if (missed.length > 0) await inbox.forgetMissed(query, place);
      await deliveries.expect(query, { ...place, replyTo: message }, made.runId);
      return made;
    });
    void run.announce(); // not waited for: the sweeper makes good what is missed
    this.#accepted({ ...place, message, runId: run.runId, conversationId: run.conversationId, caller });
    return true;
  }

  /** What is refused for now waits; what is refused for good is not tried for ever, and its sender is told. */
  async #refused(thrown: unknown, group: readonly WaitingMessage[]): Promise<boolean> {
    if (thrown instanceof AlreadyTaken) return true;
    if (!(thrown instanceof Fault)) throw thrown;
    const [first] = group;
    if (thrown.code === 'service_unavailable' || thrown.code === 'not_found' || !first) return false;
    const {
      stores: { transaction, inbox, deliveries },
      logger,
    } = this.#deps;
    logger.warn({ err: thrown, channel: this.#type }, 'a message of a chat was refused');
    await inbox.fail(group.map(({ id }) => id));
    const address = { channel: this.#type, chat: first.chat, thread: first.thread, person: first.person, replyTo: first.message };
    const { message } = thrown;
    await this.#ring([
      await transaction((query) => deliveries.say(query, address, message, (id) => deliverWork(this.#type, id, first.person))),
    ]);
    return true;
  }

  async #ring(work: readonly NewWork[]): Promise<void> {
    const { bell, logger } = this.#deps;
    for (const { id, lane } of work) {
      await bell.ring(lane, id).catch((err: unknown) => {
        logger.debug({ err }, 'bell not rung; the sweeper will');
      });
    }
  }
}

/** Who asks, where a chat does: a person of the house with what a person may. */
export function callerOf(channel: string, person: PersonId): Caller {
  return { tokenId: `channel:${channel}`, scopes: ['read', 'message', 'memory'], person, sees: person, requestId: randomUUID() };
}

const CONTENT_CHARACTERS_MAX = 100_000;
/** What a message is where it has nothing but a file. */
const NO_TEXT = '(A file, without a word.)';

function contentOf(group: readonly WaitingMessage[], missed: readonly MissedMessage[]): string {
  const isCut = group.some(({ join_key: key }) => key?.startsWith('full:'));
  const said = group
    .map(({ content }) => content ?? '')
    .filter((text) => text !== '')
    .join(isCut ? '' : '\n\n');
  const before = missed.map(({ content, sent_at: at }) => `> ${at.toISOString()}: ${content.replaceAll('\n', '\n> ')}`).join('\n');
  const text = said.trim() === '' ? NO_TEXT : said;
  return (before === '' ? text : `(Said while nobody listened, and not answered:)\n${before}\n\n${text}`).slice(0, CONTENT_CHARACTERS_MAX);
}

function metadataOf(group: readonly WaitingMessage[]): Record<string, unknown> {
  const attachments = group.flatMap(({ metadata: { attachments: each } }): unknown[] => (Array.isArray(each) ? each : []));
  const { attachments: _, ...rest } = group[0]?.metadata ?? {};
  return attachments.length > 0 ? { ...rest, attachments } : rest;
}

function counted(aside: readonly { thread: string; person: PersonId }[]): { thread: string; person: PersonId; count: number }[] {
  const places = Map.groupBy(aside, ({ thread, person }) => JSON.stringify([thread, person]));
  return [...places.values()].flatMap(([first, ...more]) => (first ? [{ ...first, count: more.length + 1 }] : []));
}

function missedSentence(count: number): string {
  return count === 1
    ? 'One message came while I was away, and too long ago to answer it now. Say it again if it still matters.'
    : `${String(count)} messages came while I was away, and too long ago to answer them now. Say again what still matters.`;
}
