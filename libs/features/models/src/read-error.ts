import { z } from 'zod';

/** What is read of an error, whoever made it: the SDK, a provider in a body or a stream, Node. */
export interface ErrorShape {
  readonly statusCode?: number | undefined;
  readonly status?: number | string | undefined;
  readonly code?: number | string | undefined;
  readonly type?: string | undefined;
}

const errorShape = z.object({
  statusCode: z.number().optional().catch(undefined),
  status: z.union([z.number(), z.string()]).optional().catch(undefined),
  code: z.union([z.number(), z.string()]).optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  cause: z.unknown().optional(),
});
const CAUSES_MAX = 8;

/** The words of providers for a status that they did not send as one. */
const STATUS_OF_WORD: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['INVALID_ARGUMENT', 400],
  ['authentication_error', 401],
  ['invalid_api_key', 401],
  ['UNAUTHENTICATED', 401],
  ['permission_error', 403],
  ['PERMISSION_DENIED', 403],
  ['rate_limit_error', 429],
  ['rate_limit_exceeded', 429],
  ['insufficient_quota', 429],
  ['RESOURCE_EXHAUSTED', 429],
  ['api_error', 500],
  ['server_error', 500],
  ['INTERNAL', 500],
  ['UNAVAILABLE', 503],
  ['overloaded_error', 529],
]);

/** The error and its causes, outermost first, as far as they have a shape; bounded, since causes may form a circle. */
export function readErrors(error: unknown): ErrorShape[] {
  const found: ErrorShape[] = [];
  for (let current = error; found.length < CAUSES_MAX;) {
    const parsed = errorShape.safeParse(current);
    if (!parsed.success) break;
    found.push(parsed.data);
    current = parsed.data.cause;
  }
  return found;
}

/** The HTTP status that an error has or stands for; null where it tells of none. */
export function statusOf({ statusCode, status, code, type }: ErrorShape): number | null {
  const numeric = [statusCode, status, code].map(Number).find((value) => Number.isInteger(value) && value >= 300 && value <= 599);
  if (numeric !== undefined) return numeric;
  const words = [code, type, status].map((word) => STATUS_OF_WORD.get(String(word)));
  return words.find((found) => found !== undefined) ?? null;
}
