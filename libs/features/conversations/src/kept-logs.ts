import type { Caller, MessageId, RunEvent } from '@openclaw/words';
import { type LogPart, parseLog, type RunArchive } from '@openclaw/events';
import type { LogStore } from './log.store.js';
import { notFound } from './messages.service.js';

/** The event logs as Postgres keeps them, for as long as their conversations exist. */
export class KeptLogs implements RunArchive {
  readonly #logs: LogStore;

  constructor(logs: LogStore) {
    this.#logs = logs;
  }

  /** What is kept of a run's log directly after a seq. @throws Fault `not_found` */
  async findLogPage(caller: Caller, runId: MessageId, after: number): Promise<LogPart & { readonly isOver: boolean }> {
    const page = await this.#logs.findPage(caller, runId, after + 1);
    if (page === undefined) throw notFound('message');
    const events = parseLog(page.events).filter(({ seq }) => seq > after);
    return { events, bytes: Buffer.byteLength(page.events), isOver: page.isOver };
  }

  /** The event that ended a run; null while it goes on. @throws Fault `not_found` */
  async findLastEvent(caller: Caller, runId: MessageId): Promise<RunEvent | null> {
    const event = await this.#logs.findLastEvent(caller, runId);
    if (event === undefined) throw notFound('message');
    return event === null ? null : (parseLog(`[${event}]`)[0] ?? null);
  }
}
