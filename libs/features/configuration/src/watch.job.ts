import { checkKey } from '@openclaw/models';
import type { WrittenSettings } from '@openclaw/settings';
import { DONE, type HandledWork, handleWork, snooze } from '@openclaw/work';
import { type Config, PROVIDER_ENTRIES } from '@openclaw/words';
import { WATCH } from './new-watch.js';
import type { Probe, RevisionsStore } from './revisions.store.js';
import { type ConfigurationWatch, providersIn } from './watch.service.js';

const AGAIN_MS = 1000;

/** Asks the providers that a change touches, which only a worker can, and looks on until nothing is watched any more. */
export function watchConfiguration(store: RevisionsStore, settings: WrittenSettings, watch: ConfigurationWatch): HandledWork {
  return handleWork(WATCH, async () => {
    await settings.refresh();
    await probe(store, settings);
    return (await watch.look()) ? snooze(AGAIN_MS) : DONE;
  });
}

/** Each revision once, under settings that have it; a later change of the same provider is asked with it. */
async function probe(store: RevisionsStore, settings: WrittenSettings): Promise<void> {
  const watching = await store.watching();
  const inForce = Number(settings.state.revision);
  const config = settings.get();
  for (const revision of watching?.watched ?? []) {
    if (revision.probed || revision.revision > inForce) continue;
    const entries = PROVIDER_ENTRIES.filter((entry) => providersIn(revision).includes(entry));
    const verdicts = await Promise.all(
      entries.map(async (entry) => [entry, await checkKey(entry, config.providers, toProxies(config.proxy))] as const),
    );
    const probes: Record<string, Probe> = Object.fromEntries(
      verdicts.flatMap(([entry, verdict]) => (verdict === null ? [] : [[entry, verdict]])),
    );
    await store.noteProbes(revision.revision, probes);
  }
}

function toProxies({ http, https, except }: Config['proxy']): Parameters<typeof checkKey>[2] {
  return { http: http === '' ? null : http, https: https === '' ? null : https, except };
}
