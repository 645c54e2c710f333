import { Answer, type GatewayKernel, handle, type HandlerRequest, type RouteHandler } from '@openclaw/feature';
import type { ChangedConfig } from './configuration.schema.js';
import { type Conditions, ConfigurationService } from './configuration.service.js';
import { newWatch } from './new-watch.js';
import { RevisionsStore } from './revisions.store.js';
import { configurationRoutes as routes } from './words.js';

/** Reading and changing the configuration over the API. */
export function configurationHandlers({ database, settings }: GatewayKernel): readonly RouteHandler[] {
  const configuration = new ConfigurationService(new RevisionsStore(database), settings, newWatch);
  return [
    handle(routes.getConfig, async () => {
      const { config, revision } = await configuration.get();
      return new Answer(200, config, { etag: tagOf(revision) });
    }),
    handle(routes.putConfig, async ({ body }, caller, request) => tagged(await configuration.put(caller, body, conditionsOf(request)))),
    handle(routes.listConfigRevisions, ({ query }) => configuration.list(query)),
    handle(routes.restoreConfigRevision, async ({ params }, caller, request) =>
      tagged(await configuration.restore(caller, params.n, conditionsOf(request))),
    ),
  ];
}

function tagged(changed: ChangedConfig): Answer<200, ChangedConfig> {
  return new Answer(200, changed, { etag: tagOf(changed.revision) });
}

function tagOf(revision: number): string {
  return `"${String(revision)}"`;
}

function conditionsOf(request: HandlerRequest): Conditions {
  return {
    ifMatch: request.header('if-match'),
    stillAdmits: (config) => {
      request.checkAdmittedBy(config);
    },
  };
}
