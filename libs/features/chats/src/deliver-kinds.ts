import type { EndedRun } from '@openclaw/feature';
import { defineWork, type NewWork, newWork, type WorkKind } from '@openclaw/work';
import { z } from 'zod';
import { CHANNEL_TYPES, type ChannelType, isChannelType } from './channel-types.js';
import { deliveryOf } from './deliveries.store.js';

const payload = z.object({ delivery: z.uuid() });
/** Saying something in a chat, as work. */
export type DeliverKind = WorkKind<typeof payload>;

/** A day in all: a platform, or the program behind a webhook, may be away for hours. */
const POLICY = { lane: 'channels', tries: 16, backoff: { firstMs: 3000, maxMs: 14_400_000 }, timeoutMs: 120_000, lossesMax: 20 } as const;

const KINDS = new Map<ChannelType, DeliverKind>(
  CHANNEL_TYPES.map((type) => [
    type,
    defineWork({
      name: `channels.deliver_${type}`,
      payload,
      stored: [{ delivery: '01a2b3c4-0000-7000-8000-000000000000' }],
      policy: POLICY,
      key: ({ delivery }) => delivery,
    }),
  ]),
);

/** A kind of its own for each channel, so that only who serves it takes it. */
export function deliverKind(type: ChannelType): DeliverKind {
  const kind = KINDS.get(type);
  if (!kind) throw new Error(`no deliveries on ${type}`);
  return kind;
}

/** Has a delivery said. */
export function deliverWork(type: ChannelType, delivery: string, person: string | null): NewWork {
  return newWork(deliverKind(type), { delivery }, { person });
}

/** What a run's end asks for where it came through a channel. */
export function deliverAfter({ runId, channel, caller }: EndedRun): NewWork[] {
  return isChannelType(channel) ? [deliverWork(channel, deliveryOf(runId), caller.person)] : [];
}
