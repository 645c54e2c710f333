import type { Chore, GatewayKernel } from '@openclaw/feature';
import { PresenceStore } from '@openclaw/presence';
import { RevisionsStore } from './revisions.store.js';
import { ConfigurationWatch } from './watch.service.js';

/** Gateways watch too: a change may be what keeps every worker from doing it. */
export function configurationChores({ database, settings, logger }: GatewayKernel): readonly Chore[] {
  const watch = new ConfigurationWatch({ store: new RevisionsStore(database), presence: new PresenceStore(database), settings, logger });
  return [
    {
      name: 'watch of the configuration',
      run: async () => {
        await watch.look();
      },
    },
  ];
}
