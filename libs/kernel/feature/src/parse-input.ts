import { findUnsafeJson, isChange, type Issue, type RouteContract, type RouteInput, toIssues } from '@openclaw/words';
import { z } from 'zod';
import { invalid } from './invalid.js';

/** What came with a request, as its transport read it. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

const NOTHING = z.strictObject({});

/**
 * @throws Fault `bad_request` that names every problem at once
 */
export function parseInput<R extends RouteContract>(contract: R, request: RawInput): RouteInput<R> {
  let issues: Issue[] = [];
  const parse = (schema: z.ZodType | undefined, value: unknown): unknown => {
    const unsafe = findUnsafeJson(value);
    if (unsafe) {
      issues.push(unsafe); // and no further: schemas may not be able to walk it
      return undefined;
    }
    const result = (schema ?? NOTHING).safeParse(value === undefined ? {} : value);
    if (!result.success) issues = issues.concat(toIssues(result.error));
    return result.data;
  };
  const params = parse(contract.params, request.params);
  const query = parse(contract.query, request.query);
  if (contract.body && isChange(contract) && request.body === undefined)
    issues.push({ path: '', message: 'a body is required: the change, as JSON' });
  const body = parse(contract.body, request.body);
  if (issues.length > 0) throw invalid(issues);
  return { params, query, body } as RouteInput<R>; // each part was parsed by its own schema just now
}
