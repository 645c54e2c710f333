import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '@openclaw/errors';
import { type NewWork, newWork } from '@openclaw/work';
import { badArchive } from './archive-contents.js';
import type { Fetched, FetchesStore } from './fetches.store.js';
import { FETCH_PACKAGE } from './fetch-package.job.js';

/** What an address holds. @throws Fault `bad_request` where it is not allowed, `upstream_error` where it cannot be had */
export type FetchBytes = (address: string) => Promise<Buffer>;

/** What a gateway fetches with, having no way out itself. */
export interface ThroughWorkers {
  readonly fetches: FetchesStore;
  readonly ring: (work: Pick<NewWork, 'id' | 'lane'>) => Promise<void>;
  readonly hasWorker: () => Promise<boolean>;
}

const WAIT_MS = 45_000;
const LOOK_MS = 50;
const LOOK_MAX_MS = 500;

/**
 * gateway: the address, with work for it ─► bell ─► whichever worker takes it: guarded fetch ─► Postgres ─► gateway, which looks
 */
export function fetchThroughWorkers({ fetches, ring, hasWorker }: ThroughWorkers): FetchBytes {
  return async (address) => {
    if (!(await hasWorker())) throw new Fault('service_unavailable', 'No worker is there to fetch it. Start one, and send it again.');
    const id = randomUUID();
    const work = newWork(FETCH_PACKAGE, { fetch: id }, { person: null });
    await fetches.ask(id, address, work);
    await ring(work);
    const fetched = await lookFor(id, fetches);
    switch (fetched?.outcome) {
      case 'fetched':
        return fetched.bytes;
      case 'forbidden':
        throw badArchive(`cannot be fetched from there: ${fetched.reason}`);
      case 'failed':
        throw notHad(address, fetched.reason);
      case undefined:
        await fetches.drop(id);
        throw notHad(address, 'no worker fetched it in time');
    }
  };
}

async function lookFor(id: string, fetches: FetchesStore): Promise<Fetched | null> {
  const until = performance.now() + WAIT_MS;
  for (let ms = LOOK_MS; performance.now() < until; ms = Math.min(LOOK_MAX_MS, ms * 2)) {
    await pause(ms);
    const fetched = await fetches.take(id);
    if (fetched) return fetched;
  }
  return null;
}

function notHad(address: string, reason: string): Fault {
  const host = URL.parse(address)?.host ?? '';
  return new Fault('upstream_error', `${host} did not give it: ${reason}.`, {
    details: { provider: host, upstream_status: null, retryable: true, reason },
  });
}
