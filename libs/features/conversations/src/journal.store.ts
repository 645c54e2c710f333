import { idToUuid, type MessageId } from '@openclaw/words';
import { type Database, type Statement, statement } from '@openclaw/db';
import type { Fence } from './run.types.js';

/** What a run has decided and done so far. Steps and results are opaque to this room. */
export interface StoredJournal {
  /** Turns in order. */
  readonly steps: readonly unknown[];
  /** By call id; null: the call began and its end is not known. */
  readonly results: ReadonlyMap<string, unknown>;
}

const BY_RUN = 'read and written by the worker that has the run';
const STEPS = statement({
  anybodys: BY_RUN,
  name: 'run_steps',
  params: { runId: 'uuid' },
  row: { step: 'jsonb' },
  text: 'SELECT step FROM run_steps WHERE run_id = :runId ORDER BY turn',
});
const CALLS = statement({
  anybodys: BY_RUN,
  name: 'run_calls',
  params: { runId: 'uuid' },
  row: { call_id: 'text', result: 'jsonb?' },
  text: 'SELECT call_id, result FROM tool_calls WHERE run_id = :runId',
});

/**
 * The fence stands in each statement: who lost the run, or let its lease run out, writes nothing and begins no call. The lock lets
 * the next claim wait for what is being written, so that whoever takes over reads all of it.
 */
const OWNED = `FROM runs WHERE id = :runId AND attempt = :attempt AND status = 'processing' AND lease_until > clock_timestamp() FOR SHARE`;
const RECORD_STEP = statement({
  anybodys: BY_RUN,
  name: 'record_step',
  params: { runId: 'uuid', attempt: 'int4', turn: 'int4', step: 'jsonb' },
  row: { turn: 'int4' },
  text: `INSERT INTO run_steps (run_id, turn, step) SELECT :runId, :turn, :step ${OWNED}
ON CONFLICT (run_id, turn) DO UPDATE SET step = excluded.step RETURNING turn`,
});
const BEGIN_CALL = statement({
  anybodys: BY_RUN,
  name: 'begin_call',
  params: { runId: 'uuid', attempt: 'int4', callId: 'text' },
  row: { call_id: 'text' },
  text: `INSERT INTO tool_calls (run_id, call_id, attempt) SELECT :runId, :callId, :attempt ${OWNED}
ON CONFLICT (run_id, call_id) DO UPDATE SET attempt = excluded.attempt, started_at = now() WHERE tool_calls.finished_at IS NULL
RETURNING call_id`,
});
/** Also ends a call that an earlier attempt began; written again after a lost answer, it is the same. */
const END_CALL = statement({
  anybodys: BY_RUN,
  name: 'end_call',
  params: { runId: 'uuid', attempt: 'int4', callId: 'text', result: 'jsonb' },
  row: { call_id: 'text' },
  text: `INSERT INTO tool_calls (run_id, call_id, attempt, finished_at, result) SELECT :runId, :callId, :attempt, now(), :result ${OWNED}
ON CONFLICT (run_id, call_id) DO UPDATE SET attempt = excluded.attempt, finished_at = excluded.finished_at, result = excluded.result
  WHERE tool_calls.finished_at IS NULL OR (tool_calls.attempt = excluded.attempt AND tool_calls.result = excluded.result)
RETURNING call_id`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [STEPS, CALLS, RECORD_STEP, BEGIN_CALL, END_CALL];

/** What the attempts of a run have decided and done, so that a retry goes on instead of doing it again. */
export class JournalStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Everything that earlier attempts wrote. */
  async load(runId: MessageId): Promise<StoredJournal> {
    const run = { runId: idToUuid(runId) };
    const steps = await this.#database.query(STEPS, run);
    const calls = await this.#database.query(CALLS, run);
    return { steps: steps.map(({ step }) => step), results: new Map(calls.map((call) => [call.call_id, call.result])) };
  }

  /** Before any of its calls runs. @param turn from 1 @returns false where the run was lost */
  async recordStep(fence: Fence, turn: number, step: object): Promise<boolean> {
    return (await this.#database.query(RECORD_STEP, { ...owner(fence), turn, step })).length === 1;
  }

  /** Before the call. @returns false where the run was lost or the call is over: then it must not run */
  async beginCall(fence: Fence, callId: string): Promise<boolean> {
    return (await this.#database.query(BEGIN_CALL, { ...owner(fence), callId })).length === 1;
  }

  /** After the call. @returns false where the run was lost */
  async endCall(fence: Fence, callId: string, result: object): Promise<boolean> {
    return (await this.#database.query(END_CALL, { ...owner(fence), callId, result })).length === 1;
  }
}

function owner(fence: Fence): { runId: string; attempt: number } {
  return { runId: idToUuid(fence.runId), attempt: fence.attempt };
}
