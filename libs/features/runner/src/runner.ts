import { type AgentLimits, runAgent } from '@openclaw/agent';
import { type Tool, Trust } from '@openclaw/feature';
import type { MadeFile, MessageId, RunEventDraft } from '@openclaw/words';
import { type ContextShares, fitContext, toMessages } from '@openclaw/context';
import type { ClaimedRun, Ending, JournalStore, LogStore, RunsStore } from '@openclaw/conversations';
import { Fault, Unreachable } from '@openclaw/errors';
import type { EventKeys, RunLog } from '@openclaw/events';
import type { ModelClient, UserPart } from '@openclaw/language-model';
import type { Bell, Lane } from '@openclaw/queue';
import type { Redis } from '@openclaw/redis';
import { type Logger, type Redactor, withRequestContext } from '@openclaw/telemetry';
import { type Lease, leaveAfter, type LeaseKeeper, type NewWork, untilWritten } from '@openclaw/work';
import { ContextReader, type ThreadFilesReader, type ThreadRecall } from './context-reader.js';
import { GivenFiles, type MadeFiles } from './given-files.js';
import { openLog } from './open-log.js';
import { LeaseLost, RunJournal } from './run-journal.js';
import {
  breaksWorkers,
  type Ended,
  endRun,
  lostTooOften,
  refusedReply,
  type RunEnd,
  type RunOutcome,
  toRunOutcome,
  waitedMs,
  waitedTooLong,
} from './run-outcome.js';
import { Shortfall } from './shortfall.js';
import { suspicionOf } from './suspicion.js';
import { TokenJoiner } from './token-joiner.js';

export interface RunnerStores {
  readonly runs: RunsStore;
  readonly logs: LogStore;
  readonly journal: JournalStore;
}

export interface RunnerEvents {
  readonly redis: Redis;
  readonly keys: EventKeys;
  readonly bell: Bell;
}

/** How one run is answered: taken when it is claimed, and the same to its end, whatever changes meanwhile. */
export interface RunnerAgent {
  readonly model: ModelClient;
  readonly toolsFor: (run: ClaimedRun, turn: Turn) => Promise<readonly Tool[]>;
  readonly files: ThreadFilesReader;
  /** The files that earlier attempts made. */
  readonly madeFiles: MadeFiles;
  readonly recall: ThreadRecall;
  readonly limits: AgentLimits;
  readonly shares: ContextShares;
  readonly policy: RunPolicy;
  readonly soul: string;
  readonly timeZone: string;
  /** The title of a conversation that has none, by its first question; null for none. */
  readonly titleOf: (question: string) => string | null;
  /** What there is to do in the background once this run has ended so. */
  readonly workAfter: (run: ClaimedRun, status: Ending['status']) => readonly NewWork[];
  /** Called once the run is over or given up. */
  readonly release: () => void;
}

/** What tools know of the turn that they are called in. */
export interface Turn {
  readonly trust: Trust;
  /** Shows the model a file with the question, from its next turn on. */
  readonly show: (part: UserPart) => void;
  /** Gives a file with the reply; again: nothing. */
  readonly give: (file: MadeFile) => void;
}

/** How runs are treated as work, as data. */
export interface RunPolicy {
  /** Workers that a run may lose before it fails. */
  readonly lossesMax: number;
  /** A message that waited longer for its turn fails: its answer would come too late to mean anything. */
  readonly queueWaitMs: number;
}

/** What a runner knows of its worker. */
export interface RunnerSettings {
  readonly workerId: string;
  readonly leaseMs: number;
  /** How long runs may go on once this worker is asked to stop; then they are handed back. */
  readonly finishMs: number;
  /** Messages of the thread that are read for the context. */
  readonly threadMax: number;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** Is told of each run; nobody where absent. */
  readonly watch?: RunWatch;
}

/** Who counts runs. */
export interface RunWatch {
  /** Taken up for the first time. */
  started(waitMs: number): void;
  ended(status: string, durationMs: number): void;
  /** Another worker has it. */
  lost(): void;
}

/** A run in hand: what was claimed, the right to work on it, and its log. */
interface Hold {
  readonly run: ClaimedRun;
  readonly lease: Lease;
  readonly log: RunLog;
  readonly agent: RunnerAgent;
  /** Postgres' time now, as well as this process can tell. */
  readonly now: () => Date;
}

/** What was written when a run was over, and whether others of its conversation wait. */
type Recorded = Ending & { readonly othersWait: boolean };

/**
 * bell ─► claim {lease, attempt, thread} ─► start │ restart ─► agent loop ─► seal the log ─► Postgres {reply, state, log} ─► publish ─► ring for the next
 *
 * Executes one run; the only place that knows the whole story. Whoever lost the run writes nothing, and nothing is shown as
 * finished before it is recorded.
 */
export class Runner {
  readonly #stores: RunnerStores;
  readonly #events: RunnerEvents;
  readonly #takeAgent: () => RunnerAgent;
  readonly #leases: LeaseKeeper;
  readonly #settings: RunnerSettings;
  readonly #reader: ContextReader;
  #hasSuspect = false;

  constructor(
    parts: { stores: RunnerStores; events: RunnerEvents; takeAgent: () => RunnerAgent; leases: LeaseKeeper },
    settings: RunnerSettings,
  ) {
    this.#stores = parts.stores;
    this.#events = parts.events;
    this.#takeAgent = parts.takeAgent;
    this.#leases = parts.leases;
    this.#settings = settings;
    this.#reader = new ContextReader(settings.logger);
  }

  /**
   * Answers a run if it is free to be answered; hearing the bell in vain is normal and does nothing.
   * @param stopping aborts when this worker shuts down
   * @throws Unreachable where Postgres is out of reach at the claim; the sweeper rings again
   */
  async answer(runId: MessageId, stopping: AbortSignal): Promise<void> {
    // What is in hand here is no one's to take over, this worker's least: it may have stood still, and goes on.
    if (stopping.aborted || this.#leases.holds(runId)) return;
    const { workerId, leaseMs, threadMax } = this.#settings;
    const sentAt = performance.now();
    const run = await this.#stores.runs.claim(runId, { workerId, leaseMs, threadMax });
    if (!run) return;
    const context = { request_id: run.caller.requestId, conversation_id: run.conversationId, message_id: run.runId };
    await withRequestContext(context, () =>
      suspicionOf(run) === 'suspected' ? this.#executeAlone(run, sentAt, stopping) : this.#execute(run, sentAt, stopping),
    );
  }

  /** One suspect at a time; another goes back into line, at no cost, and is rung for by the next sweep. */
  async #executeAlone(run: ClaimedRun, sentAt: number, stopping: AbortSignal): Promise<void> {
    if (this.#hasSuspect) {
      await this.#stores.runs.handBack(run);
      return;
    }
    this.#hasSuspect = true;
    await this.#execute(run, sentAt, stopping).finally(() => {
      this.#hasSuspect = false;
    });
  }

  async #execute(run: ClaimedRun, sentAt: number, stopping: AbortSignal): Promise<void> {
    const { logger, finishMs } = this.#settings;
    let log: RunLog | null = null;
    const agent = this.#takeAgent();
    const lease = this.#leases.hold(this.#stores.runs, { id: run.runId, attempt: run.attempt }, sentAt, () => log?.verify());
    const leave = leaveAfter(lease, stopping, finishMs);
    try {
      log = await openLog({ ...this.#stores, ...this.#events, logger }, run, lease, nameOf(agent.model));
      const claimedAt = performance.now();
      const hold = { run, lease, log, agent, now: () => new Date(run.claimedAt.getTime() + performance.now() - claimedAt) };
      logger.info({ attempt: run.attempt }, 'run started');
      if (run.attempt === 1) this.#settings.watch?.started(waitedMs(run));
      await this.#conclude(hold, await this.#work(hold).catch((thrown: unknown) => this.#unexpected(thrown)));
    } catch (thrown) {
      if (!(thrown instanceof Unreachable || thrown instanceof LeaseLost)) throw thrown;
      await this.#giveUp(run, lease, thrown);
    } finally {
      leave();
      this.#leases.release(lease);
      agent.release();
    }
  }

  /** An outage hands the run back, which costs nothing; what another worker has is left to it. */
  async #giveUp(run: ClaimedRun, lease: Lease, why: Unreachable | LeaseLost): Promise<void> {
    const { logger } = this.#settings;
    if (why instanceof Unreachable) logger.warn({ err: why }, 'an outage in the middle of a run');
    if (why instanceof Unreachable && (await this.#handBack(run, lease, 'outage'))) return;
    logger.warn({ attempt: run.attempt }, 'run lost to another worker');
    this.#settings.watch?.lost();
  }

  /** A bug ends its run at once: every other attempt would meet it again. Throws what another attempt may do better. */
  #unexpected(thrown: unknown): RunOutcome {
    if (thrown instanceof LeaseLost || thrown instanceof Unreachable) throw thrown;
    this.#settings.logger.error({ err: thrown }, 'a run failed unexpectedly');
    return { status: 'failed', fault: Fault.from(thrown) };
  }

  /** Everything between the first event and the last. */
  async #work({ run, lease, log, agent }: Hold): Promise<RunOutcome> {
    const refused = refusalOf(run, agent);
    if (refused) return refused;
    const { model, limits, shares } = agent;
    const { attempt } = run;
    log.append(log.seq === 0 ? { type: 'start', attempt, model: nameOf(model) } : { type: 'restart', attempt });
    const startedAt = performance.now();
    const { context, holdsUntrusted, files } = await this.#reader.read(run, agent, { ms: limits.runTimeoutMs, signal: lease.signal });
    const stored = attempt === 1 ? { steps: [], results: new Map() } : await this.#stores.journal.load(run.runId);
    const shown: UserPart[] = [];
    const shortfall = new Shortfall(files, nameOf(model));
    const text = new TokenJoiner((event) => {
      log.append(event);
    });
    const given = await GivenFiles.of(run, agent.madeFiles, (event) => {
      text.emit(event);
    });
    const tools = await agent.toolsFor(run, {
      give: given.give,
      trust: new Trust(holdsUntrusted || stored.steps.length > 0), // what an earlier attempt's tools said is not known here
      show: (part) => {
        shown.push(part);
      },
    });
    const outcome = await runAgent({
      run: { id: run.runId, attempt },
      messages: toMessages(context),
      fit: fitContext(
        { ...context, shown },
        tools.map((tool) => tool.definition),
        shares,
        shortfall.onFit,
      ),
      model,
      tools,
      journal: new RunJournal(this.#stores.journal, { fence: run, lease }, stored, namesOfReadOnly(tools)),
      emit: (draft) => {
        text.emit(this.#redacted(draft));
      },
      signal: lease.signal,
      thinking: run.include.includes('thinking'),
      limits,
      spentMs: performance.now() - startedAt,
      onToolBug: this.#tellBug,
    }).finally(() => {
      text.flush();
    });
    return toRunOutcome(outcome, lease.reason, { attachments: given.all, warnings: shortfall.warnings(outcome.model) });
  }

  async #conclude(hold: Hold, outcome: RunOutcome): Promise<void> {
    const { run, lease, log } = hold;
    if (lease.reason === 'lost') throw new LeaseLost();
    if (outcome.status === 'handed back') {
      if (!(await this.#handBack(run, lease, 'leaving'))) throw new LeaseLost();
      return;
    }
    const ended = await this.#record(hold, outcome);
    await log.publishSealed();
    const durationMs = ended.finishedAt.getTime() - run.claimedAt.getTime();
    this.#settings.logger.info({ attempt: run.attempt, status: ended.status, duration_ms: durationMs }, 'run finished');
    this.#settings.watch?.ended(ended.status, durationMs);
    if (ended.othersWait) await this.#ringNext(run);
    for (const { id, lane } of ended.work) await this.#ring(lane, id);
  }

  /** Writes how the run ended. What the database refuses for good ends it too: it was paid for and is not made again. */
  async #record(hold: Hold, outcome: RunEnd): Promise<Recorded> {
    const { run, log } = hold;
    const ended = endRun(run, outcome, hold.now());
    return this.#write(hold, ended, log.seal(ended.draft)).catch((refusal: unknown) => {
      if (refusal instanceof LeaseLost || refusal instanceof Unreachable) throw refusal;
      this.#settings.logger.error({ err: refusal }, 'the database refused a reply; the run fails');
      const refused = endRun(run, refusedReply(run, refusal), hold.now());
      return this.#write(hold, refused, log.reseal(refused.draft));
    });
  }

  async #write({ run, lease, agent }: Hold, { ending }: Ended, events: string): Promise<Recorded> {
    const title = titleFor(run, agent, ending.status);
    const work = agent.workAfter(run, ending.status);
    const finished = { ...ending, title, work, events };
    const written = await untilWritten(() => this.#stores.runs.finish(run, finished), lease);
    if (!written) throw new LeaseLost();
    return { ...finished, ...written };
  }

  /**
   * While Postgres is away nobody else can take the run; it is handed back as soon as that can be written.
   * @returns false where it was lost
   */
  async #handBack(run: ClaimedRun, lease: Lease, why: 'leaving' | 'outage'): Promise<boolean> {
    if (!(await untilWritten(() => this.#stores.runs.handBack(run), lease))) return false;
    this.#settings.logger.info({ attempt: run.attempt, why }, 'run handed back');
    await this.#ring('runs', run.runId);
    return true;
  }

  /** Asked after the commit: a message accepted before it is seen here, one accepted later finds the line free. */
  async #ringNext(run: ClaimedRun): Promise<void> {
    const next = await this.#stores.runs.nextInLine(run.conversationId).catch(() => null); // Postgres is away: the sweeper rings
    if (next) await this.#ring('runs', next);
  }

  async #ring(lane: Lane, id: string): Promise<void> {
    await this.#events.bell.ring(lane, id).catch((err: unknown) => {
      this.#settings.logger.debug({ err }, 'bell not rung; the sweeper will');
    });
  }

  readonly #tellBug = (err: unknown, tool: string): void => {
    this.#settings.logger.error({ err, tool }, 'a tool failed unexpectedly');
  };

  #redacted(draft: RunEventDraft): RunEventDraft {
    return draft.type === 'skill_call' ? { ...draft, arguments: this.#settings.redactor.value(draft.arguments) } : draft;
  }
}

function nameOf({ provider, model }: ModelClient): string {
  return `${provider}/${model}`;
}

/** How a run ends that is not to begin; null where it is. */
function refusalOf(run: ClaimedRun, { policy }: RunnerAgent): RunOutcome | null {
  if (run.cancelRequested) return { status: 'cancelled', content: '' };
  if (suspicionOf(run) === 'proven') return breaksWorkers(run);
  if (run.losses > policy.lossesMax) return lostTooOften(run);
  return run.attempt === 1 && waitedMs(run) > policy.queueWaitMs ? waitedTooLong(run, policy.queueWaitMs) : null;
}

function namesOfReadOnly(tools: readonly Tool[]): ReadonlySet<string> {
  return new Set(tools.filter((tool) => tool.readOnly).flatMap((tool) => [tool.definition.name, ...(tool.aliases ?? [])]));
}

/** A title by words costs nothing, and is there with the first reply. */
function titleFor({ thread, hasEarlier }: ClaimedRun, { titleOf }: RunnerAgent, status: Ending['status']): string | null {
  return status === 'completed' && !hasEarlier ? titleOf(thread[0]?.content ?? '') : null;
}
