import { applyDecorators, createParamDecorator, type ExecutionContext, HttpCode, RequestMapping, RequestMethod } from '@nestjs/common';
import { findUnsafeJson, type Issue, type RouteContract, type RouteInput, toIssues } from '@openclaw/words';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { invalid } from './invalid.js';

/** Makes a method the handler of a route of the contract; its first good status is the default one. */
export function Route(contract: RouteContract): MethodDecorator {
  const [status] = Object.keys(contract.replies).map(Number);
  return applyDecorators(RequestMapping({ path: contract.path, method: RequestMethod[contract.method] }), HttpCode(status ?? 200));
}

/** What the contract lets in: parameters, query and body, parsed. Everything else has been refused by then. */
export const Input = createParamDecorator((contract: RouteContract, context: ExecutionContext) =>
  parseInput(contract, context.switchToHttp().getRequest<FastifyRequest>()),
);

const NOTHING = z.strictObject({});

/**
 * @throws Fault `bad_request` that names every problem at once
 */
export function parseInput<R extends RouteContract>(contract: R, request: Pick<FastifyRequest, 'params' | 'query' | 'body'>): RouteInput<R> {
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
  const body = parse(contract.body, request.body);
  if (issues.length > 0) throw invalid(issues);
  return { params, query, body } as RouteInput<R>; // each part was parsed by its own schema just now
}
