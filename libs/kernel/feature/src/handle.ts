import type { ReaderMemory } from '@openclaw/events';
import type { Caller, Config, RouteContract, RouteInput, RunEvent } from '@openclaw/words';
import type { z } from 'zod';

/** A file that a client sends, as it arrives. What is not asked for stays with the client. */
export interface IncomingFile {
  /**
   * What its sender calls it, without any path; undefined where it says nothing. Of a form it is known for sure once the bytes are read.
   */
  readonly name: string | undefined;
  /** The type that its sender gives it. */
  readonly declaredType: string | undefined;
  /** It has no more bytes than this; null where its sender does not say. */
  readonly bytesMax: number | null;
  /**
   * Its bytes in pieces of that size, the last one shorter; each counts as held until the next is asked for.
   * @throws Fault `timeout` where the client stands still, `bad_request` where it breaks off or what it sends is no good form
   */
  pieces(bytes: number): AsyncIterable<Buffer>;
}

/** What a handler may know of the request beside its input. */
export interface HandlerRequest {
  /** A header by its name in lower case; undefined where it was not sent. */
  header(name: string): string | undefined;
  /** The `Idempotency-Key`; undefined where there is none. @throws Fault `bad_request` where it is not sane */
  readonly idempotencyKey: string | undefined;
  /** True where the client chose Server-Sent Events. */
  readonly wantsEvents: boolean;
  /** @throws Fault `bad_request` where this very request could not come again under that configuration */
  checkAdmittedBy(config: Config): void;
  /** Aborts when this gateway is about to stop: who still waits is told where to ask. */
  readonly leaving: AbortSignal;
  /**
   * The file that the body is, on a route with `upload`; once. Resolves when it begins.
   * @param bytesMax more is not read @throws Fault `payload_too_large` where it says that it is larger, and as {@link IncomingFile.pieces}
   */
  file(bytesMax: number): Promise<IncomingFile>;
}

/** An answer with another status than the route's first, or with headers. */
export class Answer<Status extends number, Body> {
  readonly status: Status;
  readonly body: Body;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: Status, body: Body, headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** Who reads events. */
export interface EventReader {
  /** Aborts when nobody reads any more. */
  readonly signal: AbortSignal;
  /** What it holds of the process's memory. */
  readonly memory: ReaderMemory;
}

/** An event that is no run's: whoever comes back with its position as `Last-Event-ID` gets what follows. */
export interface PlacedEvent {
  readonly position: number;
}

/** An event of a stream: by its `seq` or its `position` a reader says what it has. */
export type StreamEvent = RunEvent | PlacedEvent;

/** An answer that comes event by event. */
export class EventAnswer {
  readonly events: (reader: EventReader) => AsyncIterable<StreamEvent>;
  readonly headers: Readonly<Record<string, string>>;

  /** @param events makes them */
  constructor(events: (reader: EventReader) => AsyncIterable<StreamEvent>, headers: Readonly<Record<string, string>> = {}) {
    this.events = events;
    this.headers = headers;
  }
}

/** The bytes of a file that can be read from anywhere. */
export interface StoredBytes {
  readonly name: string;
  /** As a whole `Content-Type`. */
  readonly mediaType: string;
  readonly size: number;
  /** The same for the same bytes, and no others: visible ASCII without quotes. */
  readonly tag: string;
  /** From the byte `from` to before the byte `to`, in pieces of some 100 KB. @throws Fault where it is gone meanwhile */
  read(from: number, to: number): AsyncIterable<Buffer>;
}

/** An answer that is the bytes of a file, or what of them the client asks for. */
export class FileAnswer {
  readonly file: StoredBytes;

  constructor(file: StoredBytes) {
    this.file = file;
  }
}

/** Where there is no body, what an action of no result gives. */
type BodyOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : Awaited<ReturnType<() => Promise<void>>>;
type Replies<R extends RouteContract> = R['replies'];
/** Each good status with its own body. */
type AnswerOf<R extends RouteContract> = { [S in keyof Replies<R> & number]: Answer<S, BodyOf<Replies<R>[S]>> }[keyof Replies<R> & number];
/** The body alone says it all where there is one good status. */
type PlainOf<R extends RouteContract> = BodyOf<Replies<R>[keyof Replies<R> & number]>;
type EventsOf<R extends RouteContract> = R extends { stream: string } ? EventAnswer : never;
/** What is there all at once. */
type WholeOf<R extends RouteContract> = R extends { download: true }
  ? FileAnswer
  : R extends { stream: 'always' }
    ? never
    : AnswerOf<R> | PlainOf<R>;

/**
 * What the handler of a route may return: a body of its schema, with its status where there are several, a file, or events where it
 * streams.
 */
export type ReplyOf<R extends RouteContract> = WholeOf<R> | EventsOf<R>;

/** Nobody in particular on an open route. */
export type CallerOf<R extends RouteContract> = R['scope'] extends null ? null : Caller;

/** The handler of a route; it is given nothing but what the route's schemas let through. */
export type Handler<R extends RouteContract> = (
  input: RouteInput<R>,
  caller: CallerOf<R>,
  request: HandlerRequest,
) => ReplyOf<R> | Promise<ReplyOf<R>>;

/** A route and what answers it, as doors mount it. */
export interface RouteHandler {
  readonly route: RouteContract;
  readonly respond: (input: RouteInput<RouteContract>, caller: Caller | null, request: HandlerRequest) => unknown;
}

/** Ties a handler to its route, once: input, caller and reply are typed by the route. */
export function handle<R extends RouteContract>(route: R, handler: Handler<R>): RouteHandler {
  return {
    route,
    // the door parses by this very route, and lets nobody in without a caller
    respond: (input, caller, request) => handler(input, caller as CallerOf<R>, request),
  };
}
