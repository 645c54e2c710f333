import type { PresenceStore } from '@openclaw/presence';
import { z } from 'zod';
import type { CodeRefusal } from './skills.service.js';

/** What a worker says of itself; null where it can run a skill's code. */
const reportSchema = z.object({ refusal: z.string().nullable() });

/** One worker that can is enough: runs that a worker cannot do are few, and are told so. */
export function codeRefusal(presence: Pick<PresenceStore, 'alive'>): CodeRefusal {
  return async () => {
    const reports = (await presence.alive('worker')).flatMap(({ report }) => reportSchema.safeParse(report['skills']).data ?? []);
    if (reports.some(({ refusal }) => refusal === null)) return null;
    return reports[0]?.refusal ?? 'No worker is there that could run a skill’s code.';
  };
}
