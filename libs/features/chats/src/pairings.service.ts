import type { Caller } from '@openclaw/words';
import { writeAudit } from '@openclaw/audit';
import { Fault } from '@openclaw/errors';
import type { Bell } from '@openclaw/queue';
import type { NewWork } from '@openclaw/work';
import type { Pairing } from './channel.schema.js';
import { checkType } from './channels-report.js';
import type { ChatStores } from './chat-stores.module.js';
import { deliverWork } from './deliver-kinds.js';
import type { PairingRow, PairingStatus } from './pairings.store.js';

export interface PairingsDeps {
  readonly stores: ChatStores;
  readonly bell: Bell;
}

const LET_IN = 'You are in. Say it again, please: I have not read what you wrote before.';

/** What people decide of who may talk. */
export class PairingsService {
  readonly #deps: PairingsDeps;

  constructor(deps: PairingsDeps) {
    this.#deps = deps;
  }

  /** @throws Fault `not_found` where there is no such channel */
  async list(type: string, status: PairingStatus | 'all'): Promise<Pairing[]> {
    return (await this.#deps.stores.pairings.list(checkType(type), status === 'all' ? null : status)).map(toPairing);
  }

  /**
   * Lets a sender in, and tells him.
   * @param person whose his messages are: a person of its own where undefined
   * @throws Fault `not_found`
   */
  async approve(caller: Caller, type: string, code: string, person: string | undefined): Promise<Pairing> {
    const { transaction, pairings, deliveries } = this.#deps.stores;
    const channel = checkType(type);
    const { row, work } = await transaction(async (query) => {
      const approved = await pairings.approve(query, channel, code.toUpperCase(), person ?? null);
      if (!approved) throw noCode();
      const isGroup = approved.sender.startsWith('group:');
      const address = { channel, chat: approved.chat, thread: '', person: approved.person, replyTo: null };
      const asked = isGroup ? [] : [await deliveries.say(query, address, LET_IN, (id) => deliverWork(channel, id, approved.person))];
      await writeAudit(query, caller, {
        action: 'pairing.approved',
        target: `${channel}:${approved.sender}`,
        details: { person: approved.person },
      });
      return { row: approved, work: asked };
    });
    await this.#ring(work);
    return toPairing(row);
  }

  /** Refuses a sender, or takes back that he was let in. @throws Fault `not_found` */
  async refuse(caller: Caller, type: string, code: string): Promise<void> {
    const channel = checkType(type);
    await this.#deps.stores.transaction(async (query) => {
      const refused = await this.#deps.stores.pairings.refuse(query, channel, code.toUpperCase());
      if (!refused) throw noCode();
      await writeAudit(query, caller, { action: 'pairing.refused', target: `${channel}:${refused.sender}` });
    });
  }

  /** It is written: a bell that is lost is rung again. */
  async #ring(work: readonly NewWork[]): Promise<void> {
    await Promise.all(work.map(({ id, lane }) => this.#deps.bell.ring(lane, id).catch(() => undefined)));
  }
}

function toPairing({ code, sender, name, status, person, created_at: createdAt, expires_at: expiresAt }: PairingRow): Pairing {
  return {
    code,
    sender,
    name,
    status,
    person,
    created_at: createdAt.toISOString(),
    expires_at: status === 'approved' ? null : expiresAt.toISOString(),
  };
}

function noCode(): Fault {
  return new Fault('not_found', 'No sender waits with this code: it was decided, or has run out.');
}
