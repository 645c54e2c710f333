import {
  type Config,
  embedderHealthSchema,
  type Health,
  OWNER,
  type ProcessInfo,
  providerHealthSchema,
  sandboxHealthSchema,
  type Status,
} from '@openclaw/words';
import type { ChannelsReport } from '@openclaw/chats';
import type { StatisticsStore } from '@openclaw/conversations';
import { Fault } from '@openclaw/errors';
import type { MemoryService } from '@openclaw/memory';
import type { PresenceStore, PresentProcess } from '@openclaw/presence';
import type { SkillsStore } from '@openclaw/skills';
import type { Vitals } from '@openclaw/feature';
import type { WorkStore } from '@openclaw/work';
import { z } from 'zod';

/** What a process says of its settings. */
const settingsReportSchema = z.object({ revision: z.string(), pending: z.array(z.string()) });

/** What a worker says of skills. */
const skillsReportSchema = z.object({ sandbox: sandboxHealthSchema });

export interface StatusReportOptions {
  readonly config: () => Config;
  /** Variables that have no effect. */
  readonly overrides: () => Promise<Status['overrides']>;
  readonly version: string;
  readonly vitals: Vitals;
  readonly presence: PresenceStore;
  readonly statistics: StatisticsStore;
  readonly memory: MemoryService;
  readonly work: WorkStore;
  readonly skills: Pick<SkillsStore, 'counts'>;
  readonly channels: Pick<ChannelsReport, 'list'>;
}

/** What the gateway has to say of itself and of the system. */
export class StatusReport {
  readonly #options: StatusReportOptions;
  readonly #startedAt = performance.now();

  constructor(options: StatusReportOptions) {
    this.#options = options;
  }

  /** @throws Fault `service_unavailable` while Postgres or Redis takes nothing, or this process stands still */
  ready(): { status: 'ok' } {
    const { isWell, isResponsive } = this.#options.vitals;
    if (isWell && isResponsive) return { status: 'ok' };
    throw new Fault('service_unavailable', 'Not ready to serve.');
  }

  health(): Health {
    const { isWell, checks } = this.#options.vitals;
    return isWell ? { status: 'ok', ...this.#identity() } : { status: 'degraded', ...this.#identity(), checks };
  }

  /** @throws Fault `service_unavailable` where Postgres is out of reach */
  async status(): Promise<Status> {
    const { vitals, presence, statistics, memory, work, skills, channels } = this.#options;
    const config = this.#options.config();
    const [workers, gateways, totals, queue, usage, stored, background, overrides, { installed, active }, listed] = await Promise.all([
      presence.alive('worker'),
      presence.alive('gateway'),
      statistics.totals(),
      statistics.queue(),
      statistics.usageToday(config.cost_control.timezone),
      memory.stats({ person: OWNER, sees: null }),
      work.counts(),
      this.#options.overrides(),
      skills.counts(),
      channels.list(),
    ]);
    const providers = providersOf(workers);
    return {
      status: vitals.isWell && workers.length > 0 ? 'ok' : 'degraded',
      ...this.#identity(),
      gateway: { port: config.gateway.port, bind: config.gateway.bind, auth_enabled: config.gateway.auth.enabled },
      reasoning: { ...primaryOf(config, providers), total_requests: totals.runs, avg_latency_ms: totals.averageLatencyMs, providers },
      memory: {
        wal_entries: stored.wal.entries,
        compacted_files: stored.compacted.files,
        total_size_mb: stored.total_size_mb,
        embedder: embedderOf(config, workers),
      },
      skills: { installed, active, sandbox: sandboxOf(workers) },
      channels: channelsOf(listed),
      queue: { ...queue, delayed: background.delayed, failed: queue.failed + background.dead },
      workers: workers.map(toProcess),
      gateways: gateways.map(toProcess),
      restart_pending: [...new Set([...gateways, ...workers].flatMap((process) => settingsOf(process)?.pending ?? []))].sort(),
      overrides,
      usage,
    };
  }

  /** What the system has waiting. @throws Fault `service_unavailable` where Postgres is out of reach */
  async queue(): Promise<{ runs: { waiting: number; active: number }; work: { delayed: number; dead: number } }> {
    const [{ waiting, active }, { delayed, dead }] = await Promise.all([this.#options.statistics.queue(), this.#options.work.counts()]);
    return { runs: { waiting, active }, work: { delayed, dead } };
  }

  #identity(): { version: string; uptime_seconds: number } {
    return { version: this.#options.version, uptime_seconds: Math.floor((performance.now() - this.#startedAt) / 1000) };
  }
}

/** By type; what is switched off is neither. */
function channelsOf(listed: Awaited<ReturnType<ChannelsReport['list']>>): Status['channels'] {
  const on = listed.filter(({ status }) => status !== 'disabled');
  const [connected, disconnected] = [on.filter(({ status }) => status === 'connected'), on.filter(({ status }) => status !== 'connected')];
  return { connected: connected.map(({ type }) => type), disconnected: disconnected.map(({ type }) => type) };
}

/** Each worker sees its own providers; the one with the most trouble speaks for all. */
function providersOf(workers: readonly PresentProcess[]): Status['reasoning']['providers'] {
  const worst = new Map<string, Status['reasoning']['providers'][number]>();
  for (const worker of workers) {
    const reported = providerHealthSchema.array().safeParse(worker.report['providers']);
    for (const provider of reported.data ?? []) {
      if (provider.failures >= (worst.get(provider.name)?.failures ?? 0)) worst.set(provider.name, provider);
    }
  }
  return [...worst.values()];
}

/** One worker that cannot reach it is enough to look into. */
function embedderOf({ memory }: Config, workers: readonly PresentProcess[]): Status['memory']['embedder'] {
  const { provider, model = '' } = memory.embeddings;
  const reported = workers
    .flatMap(({ report }) => embedderHealthSchema.safeParse(report['embedder']).data ?? [])
    .filter((each) => each.provider === provider);
  const worst = reported.find(({ state }) => state === 'unavailable') ?? reported.find(({ state }) => state === 'ok') ?? reported[0];
  return worst ?? { provider, model, state: provider === 'off' ? 'off' : 'unknown', last_error: null };
}

/** All workers have lanes by one gate: what the one sees that sees most is there. */
function sandboxOf(workers: readonly PresentProcess[]): Status['skills']['sandbox'] {
  const reported = workers.flatMap(({ report }) => skillsReportSchema.safeParse(report['skills']).data?.sandbox ?? []);
  const [most] = reported.sort((one, other) => other.lanes - one.lanes);
  return most ?? { lanes: 0, runtime: null, landlock: null, refused: 'No worker is there that could run a skill’s code.' };
}

function primaryOf(config: Config, providers: Status['reasoning']['providers']): { primary_provider: string; primary_model: string } {
  const configured = config.providers.primary;
  const seen = providers.find((provider) => provider.name === 'primary');
  if (!configured || configured.type === 'offline') return { primary_provider: 'builtin', primary_model: 'offline' };
  return { primary_provider: configured.type, primary_model: seen?.model ?? configured.model ?? 'default' };
}

function toProcess(process: PresentProcess): ProcessInfo {
  const { id, host, started_at, active } = process;
  const settings = settingsOf(process);
  return { id, host, started_at, active, revision: settings === null ? null : Number(settings.revision) };
}

/** null of a process that runs another version, or has only just begun. */
function settingsOf({ report }: PresentProcess): z.infer<typeof settingsReportSchema> | null {
  return settingsReportSchema.safeParse(report['settings']).data ?? null;
}
