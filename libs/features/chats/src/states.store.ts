import { type Database, of, type Query, statement, type Statement } from '@openclaw/db';

/** How a channel stands, as its holder says. */
export type ServedStatus = 'connected' | 'connecting' | 'disconnected' | 'error';

/** The right to serve a channel: whoever has an older fence writes nothing. */
export interface Hold {
  readonly channel: string;
  readonly fence: string;
}

/** A channel as it was left. */
export interface StoredState {
  readonly channel: string;
  readonly status: ServedStatus;
  /** False: its holder fell silent, whatever the status says. */
  readonly isServed: boolean;
  readonly connectedSince: Date | null;
  readonly lastError: string | null;
  readonly lastInboundAt: Date | null;
  readonly lastOutboundAt: Date | null;
  readonly details: Readonly<Record<string, unknown>>;
}

const HELD = `channel = :channel AND fence = :fence`;
const HOLD = { channel: 'text', fence: 'int8' } as const;

const TAKE = statement({
  name: 'take_channel',
  params: { channel: 'text', holder: 'text', leaseMs: 'int4' },
  row: { fence: 'int8', cursor: 'text?' },
  text: `INSERT INTO channel_states AS state (channel, holder, fence, lease_until, status)
VALUES (:channel, :holder, 1, clock_timestamp() + :leaseMs * interval '1 ms', 'connecting')
ON CONFLICT (channel) DO UPDATE SET holder = excluded.holder, fence = state.fence + 1, lease_until = excluded.lease_until, status = 'connecting', connected_since = NULL
WHERE state.lease_until IS NULL OR state.lease_until < clock_timestamp()
RETURNING fence, cursor`,
});
const RENEW = statement({
  name: 'renew_channel',
  params: { ...HOLD, leaseMs: 'int4' },
  row: { channel: 'text' },
  text: `UPDATE channel_states SET lease_until = clock_timestamp() + :leaseMs * interval '1 ms' WHERE ${HELD} RETURNING channel`,
});
const RELEASE = statement({
  name: 'release_channel',
  params: HOLD,
  text: `UPDATE channel_states SET holder = NULL, lease_until = NULL, connected_since = NULL, status = 'disconnected' WHERE ${HELD}`,
});
const TELL = statement({
  name: 'tell_channel',
  params: { ...HOLD, status: of<ServedStatus>('text'), lastError: 'text?', details: of<object | null>('jsonb?') },
  text: `UPDATE channel_states SET status = :status, last_error = :lastError, details = coalesce(:details, details),
  connected_since = CASE WHEN :status <> 'connected' THEN NULL WHEN status = 'connected' THEN connected_since ELSE now() END WHERE ${HELD}`,
});
const ADVANCE = statement({
  name: 'advance_channel',
  params: { ...HOLD, cursor: 'text?', heard: 'bool' },
  row: { channel: 'text' },
  text: `UPDATE channel_states SET cursor = coalesce(:cursor, cursor), last_inbound_at = CASE WHEN :heard THEN now() ELSE last_inbound_at END WHERE ${HELD} RETURNING channel`,
});
const HEARD = statement({
  name: 'channel_heard',
  params: { channel: 'text' },
  text: 'INSERT INTO channel_states (channel, last_inbound_at) VALUES (:channel, now()) ON CONFLICT (channel) DO UPDATE SET last_inbound_at = now()',
});
const SAID = statement({
  name: 'channel_said',
  params: { channel: 'text' },
  text: 'UPDATE channel_states SET last_outbound_at = now() WHERE channel = :channel',
});
const LIST = statement({
  name: 'list_channels',
  row: {
    channel: 'text',
    status: of<ServedStatus>('text'),
    is_served: 'bool',
    connected_since: 'timestamptz?',
    last_error: 'text?',
    last_inbound_at: 'timestamptz?',
    last_outbound_at: 'timestamptz?',
    details: of<Record<string, unknown>>('jsonb'),
  },
  text: `SELECT channel, status, coalesce(lease_until > clock_timestamp(), false) AS is_served, connected_since, last_error, last_inbound_at, last_outbound_at, details
FROM channel_states ORDER BY channel LIMIT 100`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [TAKE, RENEW, RELEASE, TELL, ADVANCE, HEARD, SAID, LIST];

/** Who serves a channel, and how it does. */
export class StatesStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes a channel that nobody serves. @returns null where somebody does */
  async take(channel: string, holder: string, leaseMs: number): Promise<{ hold: Hold; cursor: string | null } | null> {
    const [row] = await this.#database.query(TAKE, { channel, holder, leaseMs });
    return row ? { hold: { channel, fence: row.fence }, cursor: row.cursor } : null;
  }

  /** @returns false where another process has taken it */
  async renew(hold: Hold, leaseMs: number): Promise<boolean> {
    return (await this.#database.query(RENEW, { ...hold, leaseMs })).length === 1;
  }

  async release(hold: Hold): Promise<void> {
    await this.#database.query(RELEASE, hold);
  }

  /** @param details null: as they were */
  async tell(hold: Hold, status: ServedStatus, lastError: string | null, details: object | null = null): Promise<void> {
    await this.#database.query(TELL, { ...hold, status, lastError, details });
  }

  /**
   * Moves the mark of what was read.
   * @param query the transaction of what was read
   * @returns false where another process serves the channel
   */
  async advance(query: Query, hold: Hold, cursor: string | null, heard: boolean): Promise<boolean> {
    return (await query(ADVANCE, { ...hold, cursor, heard })).length === 1;
  }

  /** Something came by a way that nobody holds. */
  async heard(query: Query, channel: string): Promise<void> {
    await query(HEARD, { channel });
  }

  async said(channel: string): Promise<void> {
    await this.#database.query(SAID, { channel });
  }

  async list(): Promise<StoredState[]> {
    const rows = await this.#database.query(LIST);
    return rows.map(({ channel, status, details, ...row }) => ({
      channel,
      status,
      details,
      isServed: row.is_served,
      connectedSince: row.connected_since,
      lastError: row.last_error,
      lastInboundAt: row.last_inbound_at,
      lastOutboundAt: row.last_outbound_at,
    }));
  }
}
