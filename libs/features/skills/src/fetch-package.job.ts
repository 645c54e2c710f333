import { fetchFile, ForbiddenAddress, MissingError, type Network } from '@openclaw/files';
import { DONE, defineWork, type HandledWork, handleWork } from '@openclaw/work';
import { z } from 'zod';
import type { Fetched, FetchesStore } from './fetches.store.js';

const LIMITS = { bytesMax: 8_388_608, timeoutMs: 30_000, redirectsMax: 5, anyType: true } as const;

/** An address that a gateway wants fetched. Once: whoever asked waits for it. */
export const FETCH_PACKAGE = defineWork({
  name: 'skills.fetch',
  payload: z.object({ fetch: z.uuid() }),
  stored: [{ fetch: '0190d3a0-7b1e-7c3a-8f00-000000000000' }],
  policy: { lane: 'background', tries: 1, backoff: { firstMs: 1000, maxMs: 1000 }, timeoutMs: 40_000, lossesMax: 1 },
});

/** Fetches through the guard that attachments are fetched by: https, public addresses, bounded. */
export function fetchPackage(fetches: FetchesStore, network: () => Network): HandledWork {
  return handleWork(FETCH_PACKAGE, async ({ fetch: id }, { signal }) => {
    const address = await fetches.find(id);
    if (address !== null) await fetches.answer(id, await fetchOne(address, network(), signal));
    return DONE;
  });
}

async function fetchOne(address: string, network: Network, signal: AbortSignal): Promise<Fetched> {
  try {
    const { bytes } = await fetchFile(address, LIMITS, network, signal);
    return { outcome: 'fetched', bytes: Buffer.from(bytes) };
  } catch (thrown) {
    if (!(thrown instanceof MissingError)) throw thrown;
    return { outcome: thrown instanceof ForbiddenAddress ? 'forbidden' : 'failed', reason: thrown.message };
  }
}
