import { ChannelsReport, openChatStores } from '@openclaw/chats';
import { StatisticsStore } from '@openclaw/conversations';
import { Answer, type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { openMemory } from '@openclaw/memory';
import { PresenceStore } from '@openclaw/presence';
import { METRICS_TYPE } from '@openclaw/telemetry';
import { OverlayStore } from '@openclaw/settings';
import { SkillsStore } from '@openclaw/skills';
import { WorkStore } from '@openclaw/work';
import { StatusReport } from './status-report.js';
import type { Config, Status } from '@openclaw/words';
import { statusRoutes as routes } from './words.js';

/** What the gateway has to say of itself and of the system. */
export function statusHandlers({ settings, version, vitals, database, metrics }: GatewayKernel): readonly RouteHandler[] {
  const stores = {
    presence: new PresenceStore(database),
    statistics: new StatisticsStore(database),
    memory: openMemory(database),
    work: new WorkStore(database),
    skills: new SkillsStore(database),
  };
  const overlay = new OverlayStore(database);
  const overrides = async (): Promise<Status['overrides']> => settings.hidden((await overlay.read()).document);
  const config = (): Config => settings.get();
  const report = new StatusReport({
    config,
    overrides,
    version,
    vitals,
    channels: new ChannelsReport(openChatStores(database), config),
    ...stores,
  });
  return [
    handle(routes.livez, () => ({ status: 'ok' }) as const),
    handle(routes.readyz, () => report.ready()),
    handle(routes.health, () => {
      const health = report.health();
      return health.status === 'ok' ? new Answer(200, health) : new Answer(503, health);
    }),
    handle(routes.status, () => report.status()),
    handle(routes.metrics, async () => {
      const queue = await report.queue().catch(() => null); // Postgres is away: what this process knows is told all the same
      return new Answer(200, await metrics.text(queue), { 'content-type': METRICS_TYPE });
    }),
  ];
}
