import { idToUuid, type MessageId } from '@openclaw/words';
import type { Database, Statement } from '@openclaw/db';
import type { Fence } from './runs.store.js';

/** What a run has decided and done so far. Steps and results are opaque to this room. */
export interface StoredJournal {
  /** Turns in order. */
  readonly steps: readonly unknown[];
  /** By call id; null: the call began and its end is not known. */
  readonly results: ReadonlyMap<string, unknown>;
}

const STEPS: Statement = { name: 'run_steps', text: 'SELECT step FROM run_steps WHERE run_id = $1 ORDER BY turn' };
const CALLS: Statement = { name: 'run_calls', text: 'SELECT call_id, result FROM tool_calls WHERE run_id = $1' };

/**
 * The fence stands in each statement: who lost the run, or let its lease run out, writes nothing and begins no call. The lock lets
 * the next claim wait for what is being written, so that whoever takes over reads all of it.
 */
const OWNED = `FROM runs WHERE id = $1 AND attempt = $2 AND status = 'processing' AND lease_until > clock_timestamp() FOR SHARE`;
const RECORD_STEP: Statement = {
  name: 'record_step',
  text: `INSERT INTO run_steps (run_id, turn, step) SELECT $1, $3, $4::jsonb ${OWNED}
ON CONFLICT (run_id, turn) DO UPDATE SET step = excluded.step RETURNING turn`,
};
const BEGIN_CALL: Statement = {
  name: 'begin_call',
  text: `INSERT INTO tool_calls (run_id, call_id, attempt) SELECT $1, $3, $2 ${OWNED}
ON CONFLICT (run_id, call_id) DO UPDATE SET attempt = excluded.attempt, started_at = now() WHERE tool_calls.finished_at IS NULL
RETURNING call_id`,
};
/** Also ends a call that an earlier attempt began; written again after a lost answer, it is the same. */
const END_CALL: Statement = {
  name: 'end_call',
  text: `INSERT INTO tool_calls (run_id, call_id, attempt, finished_at, result) SELECT $1, $3, $2, now(), $4::jsonb ${OWNED}
ON CONFLICT (run_id, call_id) DO UPDATE SET attempt = excluded.attempt, finished_at = excluded.finished_at, result = excluded.result
  WHERE tool_calls.finished_at IS NULL OR (tool_calls.attempt = excluded.attempt AND tool_calls.result = excluded.result)
RETURNING call_id`,
};

/** What the attempts of a run have decided and done, so that a retry goes on instead of doing it again. */
export class JournalStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Everything that earlier attempts wrote. */
  async load(runId: MessageId): Promise<StoredJournal> {
    const uuid = idToUuid(runId);
    const steps = await this.#database.query<{ step: unknown }>(STEPS, [uuid]);
    const calls = await this.#database.query<{ call_id: string; result: unknown }>(CALLS, [uuid]);
    return { steps: steps.map(({ step }) => step), results: new Map(calls.map((call) => [call.call_id, call.result])) };
  }

  /** Before any of its calls runs. @param turn from 1 @returns false where the run was lost */
  async recordStep(fence: Fence, turn: number, step: object): Promise<boolean> {
    return (await this.#database.query(RECORD_STEP, [...owner(fence), turn, JSON.stringify(step)])).length === 1;
  }

  /** Before the call. @returns false where the run was lost or the call is over: then it must not run */
  async beginCall(fence: Fence, callId: string): Promise<boolean> {
    return (await this.#database.query(BEGIN_CALL, [...owner(fence), callId])).length === 1;
  }

  /** After the call. @returns false where the run was lost */
  async endCall(fence: Fence, callId: string, result: object): Promise<boolean> {
    return (await this.#database.query(END_CALL, [...owner(fence), callId, JSON.stringify(result)])).length === 1;
  }
}

function owner(fence: Fence): [uuid: string, attempt: number] {
  return [idToUuid(fence.runId), fence.attempt];
}
