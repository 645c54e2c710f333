/**
 * platform ─► is it said to us, and by whom? ─┬─ a machine, a group's talk: passed over
 *                                             ├─ a stranger: a code, and nothing of the text is kept
 *                                             └─ let in: a row ─ one transaction with the platform's mark ─► Pump ─► run
 *
 * Protects: what the platform handed over is kept before it is told so; the same message is one row for good; whoever lost the channel
 * writes nothing.
 */
import { randomInt } from 'node:crypto';
import { OWNER, type PersonId } from '@openclaw/words';
import type { NewWork } from '@openclaw/work';
import type { ChannelRules, IncomingChat } from './channel.types.js';
import type { ChannelType } from './channel-types.js';
import type { ChatStores, Transaction } from './chat-stores.module.js';
import { deliverWork } from './deliver-kinds.js';
import type { ChatProvenance, PersonsPlace } from './inbox.store.js';
import type { Hold } from './states.store.js';

/** Another process serves the channel now. */
export class ChannelLost extends Error {}

/** Without what is taken for something else: 0, O, 1, I. */
const CODE_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const CODE_LENGTH = 8;
/** How long a message of full length waits for what its sender's client cut off, and an album for its other pictures. */
const FULL_QUIET_MS = 2000;
const ALBUM_QUIET_MS = 1500;

/** What becomes of a message. */
type Reception =
  | { readonly to: 'nobody' }
  | { readonly to: 'agent'; readonly person: PersonId; readonly provenance: ChatProvenance }
  | { readonly to: 'list'; readonly sender: string; readonly tell: boolean };

/** Takes what one channel hears. */
export class Inbox {
  readonly #type: ChannelType;
  readonly #deps: ChatStores;
  readonly #rules: () => ChannelRules;

  constructor(type: ChannelType, deps: ChatStores, rules: () => ChannelRules) {
    this.#type = type;
    this.#deps = deps;
    this.#rules = rules;
  }

  /**
   * @param hold null where it came by a way that nobody holds
   * @returns what there is to say at once
   * @throws ChannelLost
   */
  async receive(hold: Hold | null, messages: readonly IncomingChat[], cursor: string | null): Promise<NewWork[]> {
    const { states } = this.#deps;
    const received = await Promise.all(messages.map(async (message) => ({ message, reception: await this.#receptionOf(message) })));
    return this.#deps.transaction(async (query) => {
      if (hold === null) await states.heard(query, this.#type);
      else if (!(await states.advance(query, hold, cursor, messages.length > 0)))
        throw new ChannelLost('another process serves this channel now');
      const said: NewWork[] = [];
      for (const { message, reception } of received) said.push(...(await this.#keep(query, message, reception)));
      return said;
    });
  }

  /** Strangers wait in such numbers that no more are listed. */
  async isCrowded(max: number): Promise<boolean> {
    return (await this.#deps.pairings.open(this.#type)) >= max;
  }

  /** A chat got another id: conversations, what waits and who is let in go along. @throws ChannelLost */
  async moved(hold: Hold, from: string, to: string): Promise<void> {
    await this.#deps.transaction(async (query) => {
      if (!(await this.#deps.states.advance(query, hold, null, false))) throw new ChannelLost('another process serves this channel now');
      await this.#deps.moveChat(query, { channel: this.#type, from, to });
    });
  }

  async #receptionOf(message: IncomingChat): Promise<Reception> {
    const { sender, kind } = message;
    if (sender.isBot || !message.isToUs) return { to: 'nobody' };
    return kind === 'direct' ? this.#receptionInDirect(message) : this.#receptionInGroup(message);
  }

  async #receptionInDirect({ sender: { id }, isForwarded }: IncomingChat): Promise<Reception> {
    if (id === null) return { to: 'nobody' };
    const person = await this.#personOf(id);
    return person === null
      ? { to: 'list', sender: id, tell: true }
      : { to: 'agent', person, provenance: isForwarded ? 'untrusted' : 'owner' };
  }

  /** A group is let in by itself, or answers whoever of it is let in; it is a person of its own, whoever speaks. */
  async #receptionInGroup({ sender: { id }, chat, isForwarded }: IncomingChat): Promise<Reception> {
    const group = `group:${chat}`;
    const [speaker, approved, person] = await Promise.all([
      id === null ? null : this.#personOf(id),
      this.#deps.pairings.personOf(this.#type, group),
      this.#deps.inbox.groupPersonOf(this.#type, chat),
    ]);
    const isTrusted = speaker === OWNER && !isForwarded;
    if (speaker === null && approved === null) return { to: 'list', sender: group, tell: false };
    return { to: 'agent', person, provenance: isTrusted ? 'owner' : 'untrusted' };
  }

  async #personOf(sender: string): Promise<PersonId | null> {
    const paired = await this.#deps.pairings.personOf(this.#type, sender);
    if (paired !== null) return paired;
    return this.#rules().allowed.includes(sender) ? `${this.#type}:${sender}` : null;
  }

  async #keep(query: Transaction, message: IncomingChat, reception: Reception): Promise<NewWork[]> {
    switch (reception.to) {
      case 'nobody':
        return [];
      case 'agent':
        return this.#add(query, message, reception);
      case 'list':
        return this.#list(query, message, reception);
    }
  }

  async #add(
    query: Transaction,
    message: IncomingChat,
    { person, provenance }: { person: PersonId; provenance: ChatProvenance },
  ): Promise<NewWork[]> {
    const { chat, thread, sender, text, sentAt } = message;
    const place = { channel: this.#type, chat, thread, person };
    const isNew = await this.#deps.inbox.add(query, {
      ...place,
      message: message.id,
      author: sender.name,
      content: withQuote(text, message.quoted),
      metadata: metadataOf(message),
      provenance: message.quoted === null ? provenance : 'untrusted', // the words of somebody else are in it
      sentAt,
      join: await this.#joinOf(query, message, place),
    });
    return isNew ? Promise.all(message.remarks.map((remark) => this.#say(query, message, person, remark))) : [];
  }

  async #joinOf(
    query: Transaction,
    { id, album, isFull }: IncomingChat,
    place: PersonsPlace,
  ): Promise<{ key: string; quietMs: number } | null> {
    if (album !== null) return { key: `album:${album}`, quietMs: ALBUM_QUIET_MS };
    const open = await this.#deps.inbox.openJoin(query, place);
    if (open === null && !isFull) return null;
    return { key: open ?? `full:${id}`, quietMs: isFull ? FULL_QUIET_MS : 0 };
  }

  /** A stranger. Nothing of what he said is kept. */
  async #list(query: Transaction, message: IncomingChat, { sender, tell }: { sender: string; tell: boolean }): Promise<NewWork[]> {
    const {
      chat,
      sender: { name },
    } = message;
    const code = await this.#deps.pairings.ask(query, {
      channel: this.#type,
      sender,
      name: tell ? name : null,
      chat,
      code: newCode(),
      tell,
    });
    return code === null ? [] : [await this.#say(query, message, null, pairingSentence(code))];
  }

  async #say(query: Transaction, { chat, thread, id }: IncomingChat, person: PersonId | null, text: string): Promise<NewWork> {
    return this.#deps.deliveries.say(query, { channel: this.#type, chat, thread, person, replyTo: id }, text, (delivery) =>
      deliverWork(this.#type, delivery, person),
    );
  }
}

function metadataOf({ sender, attachments }: IncomingChat): object {
  return {
    ...(sender.id === null ? {} : { user_id: sender.id }),
    ...(sender.name === null ? {} : { user_name: sender.name }),
    ...(attachments.length > 0 ? { attachments } : {}),
  };
}

/** What a stranger is told: it mentions nobody. */
export function pairingSentence(code: string): string {
  return `I do not know you yet, so I have not read your message. Give this code to the owner of this assistant, who can let you in within the next hour: ${code}`;
}

function newCode(): string {
  return Array.from({ length: CODE_LENGTH }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join('');
}

/** What it answers comes first, marked as somebody's words. */
function withQuote(text: string, quoted: string | null): string {
  return quoted === null
    ? text
    : `${quoted
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n')}\n\n${text}`;
}
