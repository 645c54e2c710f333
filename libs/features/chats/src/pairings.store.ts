import { type PersonId } from '@openclaw/words';
import { type Database, of, type Query, statement, type Statement } from '@openclaw/db';

/** How a sender stands. */
export type PairingStatus = 'pending' | 'approved' | 'refused';

/** A sender, or a group, that asked to be let in. */
export interface PairingRow {
  readonly channel: string;
  readonly sender: string;
  readonly code: string;
  readonly status: PairingStatus;
  readonly person: PersonId | null;
  readonly name: string | null;
  readonly chat: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly decided_at: Date | null;
}

const ROW = {
  channel: 'text',
  sender: 'text',
  code: 'text',
  status: of<PairingStatus>('text'),
  person: 'text?',
  name: 'text?',
  chat: 'text',
  created_at: 'timestamptz',
  expires_at: 'timestamptz',
  decided_at: 'timestamptz?',
} as const;
const COLUMNS = 'channel, sender, code, status, person, name, chat, created_at, expires_at, decided_at';
const EVERYBODY = 'who may talk is decided for everybody, before there is a person';
const SENDER = { channel: 'text', sender: 'text' } as const;

const FIND = statement({
  anybodys: EVERYBODY,
  name: 'find_channel_pairing',
  params: SENDER,
  row: { ...ROW, is_open: 'bool' },
  text: `SELECT ${COLUMNS}, expires_at > now() AS is_open FROM channel_pairings WHERE channel = :channel AND sender = :sender`,
});
/** A code that ran out is replaced; one that is open stays, and so does a decision. */
const ASK = statement({
  anybodys: EVERYBODY,
  name: 'ask_channel_pairing',
  params: { ...SENDER, code: 'text', name: 'text?', chat: 'text', openMax: 'int4', minutes: 'int4', tell: 'bool' },
  row: { code: 'text', is_told: 'bool' },
  text: `WITH room AS (SELECT count(*) < :openMax AS is_there FROM channel_pairings WHERE channel = :channel AND status = 'pending' AND expires_at > now())
INSERT INTO channel_pairings AS pairing (channel, sender, code, name, chat, expires_at, told_at)
SELECT :channel, :sender, :code, :name, :chat, now() + :minutes * interval '1 minute', CASE WHEN :tell THEN now() END FROM room WHERE is_there
ON CONFLICT (channel, sender) DO UPDATE SET code = excluded.code, status = 'pending', person = NULL, name = excluded.name, chat = excluded.chat,
  created_at = now(), expires_at = excluded.expires_at, told_at = excluded.told_at, decided_at = NULL
WHERE pairing.status <> 'approved' AND pairing.expires_at <= now()
RETURNING code, told_at IS NOT NULL AS is_told`,
});
const COUNT_OPEN = statement({
  anybodys: EVERYBODY,
  name: 'open_channel_pairings',
  params: { channel: 'text' },
  row: { open: 'int4' },
  text: `SELECT count(*)::int4 AS open FROM channel_pairings WHERE channel = :channel AND status = 'pending' AND expires_at > now()`,
});
const LIST = statement({
  anybodys: EVERYBODY,
  name: 'list_channel_pairings',
  params: { channel: 'text', status: 'text?' },
  row: ROW,
  text: `SELECT ${COLUMNS} FROM channel_pairings
WHERE channel = :channel AND (:status IS NULL OR status = :status) AND (status <> 'pending' OR expires_at > now()) ORDER BY created_at DESC LIMIT 1000`,
});
const APPROVE = statement({
  anybodys: EVERYBODY,
  name: 'approve_channel_pairing',
  params: { channel: 'text', code: 'text', person: 'text?' },
  row: ROW,
  text: `UPDATE channel_pairings SET status = 'approved', person = coalesce(:person, channel || ':' || sender), decided_at = now()
WHERE channel = :channel AND code = :code AND status = 'pending' AND expires_at > now() RETURNING ${COLUMNS}`,
});
/** For a day nobody hears of that sender again. */
const REFUSE = statement({
  anybodys: EVERYBODY,
  name: 'refuse_channel_pairing',
  params: { channel: 'text', code: 'text' },
  row: ROW,
  text: `UPDATE channel_pairings SET status = 'refused', person = NULL, decided_at = now(), expires_at = now() + interval '1 day'
WHERE channel = :channel AND code = :code AND status <> 'refused' AND (status = 'approved' OR expires_at > now()) RETURNING ${COLUMNS}`,
});
const FORGET = statement({
  anybodys: EVERYBODY,
  name: 'forget_channel_pairings',
  text: `DELETE FROM channel_pairings WHERE status <> 'approved' AND expires_at < now() - interval '1 day'`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [FIND, ASK, COUNT_OPEN, LIST, APPROVE, REFUSE, FORGET];

/** Codes are for an hour, and so is the sentence that tells one. */
const MINUTES = 60;
/** Beyond so many nobody new is listed: a list that nobody can read is of no use. */
export const OPEN_MAX = 50;

/** Who may talk, on which channel, as whom. */
export class PairingsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whose messages this sender's are; null where he was not let in. */
  async personOf(channel: string, sender: string): Promise<PersonId | null> {
    const [row] = await this.#database.query(FIND, { channel, sender });
    return row?.status === 'approved' ? row.person : null;
  }

  /**
   * Puts a stranger on the list.
   * @param tell whether he is told
   * @returns the code that he is to be told now; null: he was told, or may not be
   */
  async ask(
    query: Query,
    asking: { channel: string; sender: string; name: string | null; chat: string; code: string; tell: boolean },
  ): Promise<string | null> {
    const [row] = await query(ASK, { ...asking, openMax: OPEN_MAX, minutes: MINUTES });
    return row?.is_told ? row.code : null;
  }

  /** How many wait. */
  async open(channel: string): Promise<number> {
    const [row] = await this.#database.query(COUNT_OPEN, { channel });
    return row?.open ?? 0;
  }

  /** Newest first. @param status null: of any */
  async list(channel: string, status: PairingStatus | null): Promise<PairingRow[]> {
    return this.#database.query(LIST, { channel, status });
  }

  /** @returns null where no such code waits */
  async approve(query: Query, channel: string, code: string, person: PersonId | null): Promise<PairingRow | null> {
    const [row] = await query(APPROVE, { channel, code, person });
    return row ?? null;
  }

  /** Also takes back what was approved. @returns null where there is no such code */
  async refuse(query: Query, channel: string, code: string): Promise<PairingRow | null> {
    const [row] = await query(REFUSE, { channel, code });
    return row ?? null;
  }

  /** Drops codes that ran out. */
  async forget(): Promise<void> {
    await this.#database.query(FORGET);
  }
}
