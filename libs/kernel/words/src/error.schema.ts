import { z } from 'zod';

/** Every error code of the API and the HTTP status that goes with it. One page per code in docs/errors. */
export const ERROR_STATUS = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  rate_limited: 429,
  internal_error: 500,
  upstream_error: 502,
  service_unavailable: 503,
} as const;

/** What a program may tell errors apart by. */
export type ErrorCode = keyof typeof ERROR_STATUS;

const codes = Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]; // Object.keys forgets the literal keys

/** The one shape of an error, over REST, the WebSocket and inside a stream. */
export const errorBodySchema = z
  .object({
    error: z.enum(codes),
    message: z.string().describe('What a person can do about it'),
    status: z.number().int(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Error' });
/** An error as it goes over every wire and into the rows of failed runs. */
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** One finding of a failed validation, as it stands in `details.issues`. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** Findings that one reply names: whoever has more to mend begins with these. */
const ISSUES_MAX = 50;
/** Paths hold names that the client chose, of any length. */
const PATH_CHARACTERS_MAX = 200;

/** Findings as the details of an error: at most 50, then how many `more`; a long path is cut. */
export function toIssueDetails(issues: readonly Issue[]): { issues: Issue[]; more?: number } {
  const named = issues.slice(0, ISSUES_MAX).map(({ path, message }) => ({ path: shortPath(path), message }));
  return { issues: named, ...(issues.length > named.length ? { more: issues.length - named.length } : {}) };
}

function shortPath(path: string): string {
  return path.length > PATH_CHARACTERS_MAX ? `${path.slice(0, PATH_CHARACTERS_MAX).toWellFormed()}…` : path;
}

/** The kinds of JSON values, in a sentence. */
const KINDS: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};
/** What a limit counts. */
const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' items', record: ' entries' };

/** zod's findings as `details.issues`: dotted paths, and each unknown key named by itself. */
export function toIssues(error: z.ZodError, prefix = ''): Issue[] {
  return error.issues.flatMap((issue) => {
    const path = [...(prefix ? [prefix] : []), ...issue.path.map(String)];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not a known field' }));
    }
    const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
    return [{ path: path.join('.'), message: `${isMissing ? 'is required and ' : ''}${describeIssue(issue)}` }];
  });
}

/**
 * A finding of zod in words that go on a sentence which begins with the field's name. Messages of our own schemas are such words.
 * @param kinds what to call the types of values, by zod's names
 */
export function describeIssue(issue: z.core.$ZodIssue, kinds: Readonly<Record<string, string>> = KINDS): string {
  if (issue.code === 'invalid_value') return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
  if (!/^(Invalid input|Too)/.test(issue.message)) return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  if (issue.code === 'invalid_type') return `must be ${kinds[issue.expected] ?? `of type ${issue.expected}`}`;
  if (issue.code === 'too_big') return `must ${limit(issue.origin, 'most', issue.maximum)}`;
  if (issue.code === 'too_small') return `must ${limit(issue.origin, 'least', issue.minimum)}`;
  return 'is not valid';
}

function limit(origin: string, which: 'most' | 'least', bound: number | bigint): string {
  const unit = UNITS[origin];
  return `${unit ? 'have' : 'be'} at ${which} ${String(bound)}${unit ?? ''}`;
}
