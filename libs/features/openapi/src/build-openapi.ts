import { ERROR_STATUS, type ErrorCode, errorBodySchema, isChange, type RouteContract, runEventSchema } from '@openclaw/words';
import { z } from 'zod';
import { createDocument, type ZodOpenApiMediaTypeObject, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { replyHeaders, requestHeaders } from './headers.js';

const JSON_TYPE = 'application/json';
const PATCH_TYPE = 'application/merge-patch+json';
const BYTES = { schema: { type: 'string', format: 'binary' } } as const;
const FORM: ZodOpenApiMediaTypeObject = {
  schema: { type: 'object', required: ['file'], properties: { file: BYTES.schema, name: { type: 'string' } } },
};
/** What any authenticated route may answer. */
const COMMON: readonly ErrorCode[] = ['bad_request', 'unauthorized', 'forbidden', 'rate_limited', 'internal_error'];

/** The contract as an OpenAPI 3.1 document, from the route table and the schemas that validate. */
export function buildOpenApi(version: string, routes: Readonly<Record<string, RouteContract>>): Record<string, unknown> {
  const paths: ZodOpenApiPathsObject = {};
  for (const [operationId, route] of Object.entries(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(operationId, route) };
  }
  const document = createDocument({
    openapi: '3.1.0',
    info: { title: 'OpenClaw Gateway', version, license: { name: 'MIT' } },
    servers: [{ url: 'http://127.0.0.1:18789' }],
    security: [{ bearer: [] }],
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    paths,
  });
  return { ...document };
}

function operation(operationId: string, route: RouteContract): ZodOpenApiOperationObject {
  return {
    operationId,
    summary: route.summary,
    ...(route.scope === null ? { security: [] } : { description: `Scope: \`${route.scope}\`` }),
    requestParams: {
      ...(route.params ? { path: route.params } : {}),
      ...(route.query instanceof z.ZodObject ? { query: route.query } : {}),
      ...requestHeaders(route),
    },
    ...requestBody(route),
    responses: { ...goodReplies(route), ...errorReplies(route) },
  };
}

function requestBody(route: RouteContract): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  const { body, upload } = route;
  if (upload) return { requestBody: { required: true, content: { '*/*': BYTES, 'multipart/form-data': FORM } } };
  if (!body) return {};
  const content = { [JSON_TYPE]: { schema: body }, ...(isChange(route) ? { [PATCH_TYPE]: { schema: body } } : {}) };
  return { requestBody: { required: isChange(route) || !body.safeParse({}).success, content } };
}

function goodReplies(route: RouteContract): ZodOpenApiOperationObject['responses'] {
  const events = route.stream ? { 'text/event-stream': { schema: route.events ?? runEventSchema } } : {};
  return Object.fromEntries(
    Object.entries(route.replies).map(([status, schema], index) => {
      const bytes = route.download && Number(status) < 300 ? { '*/*': BYTES } : {};
      const content = { ...bytes, ...(schema ? { [route.media ?? JSON_TYPE]: { schema } } : {}), ...(index === 0 ? events : {}) };
      return [
        status,
        {
          description: route.summary,
          headers: replyHeaders(route, Number(status)),
          ...(Object.keys(content).length > 0 ? { content } : {}),
        },
      ];
    }),
  );
}

function errorReplies(route: RouteContract): ZodOpenApiOperationObject['responses'] {
  const codes =
    route.scope === null
      ? route.errors
      : [...COMMON, ...route.errors, ...(route.body || route.upload ? (['payload_too_large', 'unsupported_media_type'] as const) : [])];
  return Object.fromEntries(
    codes
      .filter((code) => !(ERROR_STATUS[code] in route.replies))
      .map((code) => {
        const content = { [JSON_TYPE]: { schema: errorBodySchema } };
        return [String(ERROR_STATUS[code]), { description: code, headers: replyHeaders(route, ERROR_STATUS[code]), content }];
      }),
  );
}
