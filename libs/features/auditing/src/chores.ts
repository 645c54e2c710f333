import { AuditStore } from '@openclaw/audit';
import type { Chore, GatewayKernel } from '@openclaw/feature';
import { HeadKeeper } from './head-keeper.js';
import { KeptHead } from './kept-head.js';

/** A gateway with a folder of its own keeps the trail's end there. */
export function auditChores({ database, dataFolder, logger }: GatewayKernel): readonly Chore[] {
  if (dataFolder === null) return [];
  const keeper = new HeadKeeper(new AuditStore(database), new KeptHead(dataFolder), logger);
  return [{ name: 'audit head', run: () => keeper.keep() }];
}
