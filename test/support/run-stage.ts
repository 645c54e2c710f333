import { type Caller, type ConversationId, type ErrorBody, idToUuid, type MessageId, newId, type RunStatus } from '@openclaw/words';
import {
  AcceptStore,
  type Acceptance,
  type ClaimedRun,
  ConversationsStore,
  type Ending,
  type Fence,
  JournalStore,
  RunsStore,
  StatisticsStore,
} from '@openclaw/conversations';
import { Database } from '@openclaw/db';
import { openSearch } from '@openclaw/memory';
import { silentLogger } from '@openclaw/telemetry';
import type { TestServices } from './test-services.js';
import { GATEWAY } from './callers.js';

export interface Asked {
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  readonly questionId: MessageId;
}

/** A run's row, as plain SQL sees it. */
export interface RunRow {
  readonly status: RunStatus;
  readonly attempt: number;
  readonly losses: number;
  readonly ordinal: number;
  readonly cancel_requested_at: Date | null;
  readonly events: string | null;
  readonly error: ErrorBody | null;
}

/** The stores of conversations and runs on a test's own database, and short ways to put runs into any state. */
export class RunStage {
  readonly services: TestServices;
  readonly database: Database;
  readonly accepts: AcceptStore;
  readonly runs: RunsStore;
  readonly journal: JournalStore;
  readonly conversations: ConversationsStore;
  readonly statistics: StatisticsStore;

  constructor(services: TestServices) {
    this.services = services;
    this.database = new Database({ url: services.databaseUrl, poolMax: 20, logger: silentLogger(), applicationName: 'test' });
    this.accepts = new AcceptStore(this.database);
    this.runs = new RunsStore(this.database);
    this.journal = new JournalStore(this.database);
    this.conversations = new ConversationsStore(this.database, openSearch(this.database));
    this.statistics = new StatisticsStore(this.database);
  }

  /** What a door would hand over for one message; a new conversation unless one is named. */
  acceptance(content: string, overrides: Partial<Acceptance> = {}): Acceptance {
    return {
      runId: newId('msg'),
      conversationId: newId('conv'),
      isNew: overrides.conversationId === undefined,
      question: { id: newId('msg'), content, metadata: {} },
      parentId: null,
      channel: 'api',
      include: [],
      onBusy: 'queue',
      idempotency: null,
      fileIds: [],
      queueMax: 1000,
      ...overrides,
    };
  }

  /** Accepts a message that must be accepted. */
  async ask(content: string, overrides: Partial<Acceptance> = {}, caller: Caller = GATEWAY): Promise<Asked> {
    const acceptance = this.acceptance(content, overrides);
    const { outcome } = await this.accepts.accept(caller, acceptance);
    if (outcome !== 'accepted') throw new Error(`not accepted: ${outcome}`);
    return { runId: acceptance.runId, conversationId: acceptance.conversationId, questionId: acceptance.question.id };
  }

  async claim(runId: MessageId, workerId = 'worker-1', leaseMs = 60_000): Promise<ClaimedRun | null> {
    return this.runs.claim(runId, { workerId, leaseMs, threadMax: 200 });
  }

  /** Claims a run that must be free. */
  async take(runId: MessageId, workerId = 'worker-1'): Promise<ClaimedRun> {
    const run = await this.claim(runId, workerId);
    if (!run) throw new Error('the run cannot be claimed');
    return run;
  }

  async finish(fence: Fence, status: Ending['status'] = 'completed', content = 'the reply'): Promise<boolean> {
    return (
      (await this.runs.finish(fence, {
        status,
        content,
        outcome: null,
        error: null,
        events: '[]',
        finishedAt: new Date(),
        title: null,
        work: [],
        spent: [],
      })) !== false
    );
  }

  /** Renews as a heartbeat does. */
  async renew(workerId: string, ...fences: Fence[]): ReturnType<RunsStore['renew']> {
    return this.runs.renew(
      workerId,
      60_000,
      fences.map(({ runId, attempt }) => ({ id: runId, attempt })),
    );
  }

  async cancel(runId: MessageId): Promise<RunStatus | null> {
    return this.runs.requestCancel(GATEWAY, runId, { error: 'conflict', message: 'cancelled', status: 409, details: {} }, '[]');
  }

  /** As if the worker that has the run had fallen silent for longer than its lease. */
  async lapse(runId: MessageId): Promise<void> {
    await this.services.sql(`UPDATE runs SET lease_until = now() - interval '1 second' WHERE id = $1`, [idToUuid(runId)]);
  }

  async row(runId: MessageId): Promise<RunRow> {
    const [row] = await this.services.sql<RunRow>(
      'SELECT status, attempt, losses, ordinal::int, cancel_requested_at, events, error FROM runs WHERE id = $1',
      [idToUuid(runId)],
    );
    if (!row) throw new Error('no such run');
    return row;
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}
