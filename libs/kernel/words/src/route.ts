import type { z } from 'zod';
import { type ErrorCode } from './error.schema.js';
import type { Scope } from './scope.schema.js';

/** Headers of a request that routes take beside those of HTTP itself. */
export type RequestHeader = 'Idempotency-Key' | 'If-Match' | 'If-None-Match' | 'If-Range' | 'Last-Event-ID' | 'Range';
/** Headers of good replies beside those of every route. */
export type ReplyHeader = 'Accept-Ranges' | 'Content-Disposition' | 'Content-Range' | 'ETag' | 'Idempotency-Replayed' | 'Location';

/** One line of the API: what a route takes, what it answers, who may call it. OpenAPI and the doors are made from it. */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: `/${string}`;
  readonly summary: string;
  /** null: open to everyone and telling nothing. */
  readonly scope: Scope | null;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly headers?: readonly RequestHeader[];
  readonly replyHeaders?: readonly ReplyHeader[];
  /** The schema of each good status; null where there is no body. */
  readonly replies: Readonly<Record<number, z.ZodType | null>>;
  /** Expected failures beyond those of every authenticated route. */
  readonly errors: readonly ErrorCode[];
  /** `optional`: `Accept: text/event-stream` chooses events. `always`: nothing but events. */
  readonly stream?: 'optional' | 'always';
  /** What its events are, where they are not those of a run. */
  readonly events?: z.ZodType;
  /** The media type of the good reply; JSON where it is left out. Its schema is a text's then. */
  readonly media?: string;
  /** The body is a file, raw or as the part `file` of a form: its handler reads it as it comes. Beside it there is no `body`. */
  readonly upload?: true;
  /** The good reply is the bytes of a file, whole or a range of them. */
  readonly download?: true;
}

/** Writes a route down, with its schemas as they are: handlers and doors are typed by them. */
export function defineRoute<const R extends RouteContract>(route: R): R {
  return route;
}

/** True where the body is the change that is asked for: a request without one asks for nothing. */
export function isChange({ method }: RouteContract): boolean {
  return method === 'PUT' || method === 'PATCH';
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;
/** The validated input of a route: what its handler is given. */
export interface RouteInput<R extends RouteContract> {
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly body: Parsed<R['body']>;
}
