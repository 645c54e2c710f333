import { type Feature, handle } from '@openclaw/feature';
import { docsHandlers } from './docs-page.js';
import { openapiRoutes as routes } from './words.js';

/** The contract, as OpenAPI 3.1 of whatever is mounted; made once, when first asked for. */
export const openapi: Feature = {
  name: 'openapi',
  routes,
  gateway: (kernel) => {
    let document: Promise<Record<string, unknown>> | null = null;
    const make = async (): Promise<Record<string, unknown>> =>
      (await import('./build-openapi.js')).buildOpenApi(kernel.version, kernel.routes);
    return Promise.resolve({ routes: [handle(routes.openapi, () => (document ??= make())), ...docsHandlers()] });
  },
};
