import { type Accepted, type Caller, isTerminal, type MessageId, type Reply, type RunEvent } from '@openclaw/words';
import type { AcceptedRun } from '@openclaw/conversations';
import { Fault } from '@openclaw/errors';
import type { RunFollower } from '@openclaw/events';
import type { FastifyReply } from 'fastify';
import { toFault } from '../http/error.filter.js';
import { writeEventStream } from '../http/event-stream.js';

/** How a caller wants to be answered. */
export interface Manner {
  readonly stream: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number;
}

export interface Shutdown {
  /** Aborts when the gateway begins to shut down: streams end with a hint. */
  readonly draining: AbortSignal;
  /** Aborts a while later: who still waits is told where to ask. */
  readonly leaving: AbortSignal;
}

/** Answers for a run: as JSON when it is over, at once with a place to ask, or event by event. */
export class Responder {
  readonly #follower: RunFollower;
  readonly #shutdown: Shutdown;
  readonly #count: (change: 1 | -1) => void;

  /** @param count told +1 and −1 as callers come and go */
  constructor(follower: RunFollower, shutdown: Shutdown, count: (change: 1 | -1) => void) {
    this.#follower = follower;
    this.#shutdown = shutdown;
    this.#count = count;
  }

  async respond(caller: Caller, run: AcceptedRun, manner: Manner, reply: FastifyReply): Promise<void> {
    if (run.replayed) void reply.header('idempotency-replayed', 'true');
    if (manner.stream) {
      void reply.header('location', pollUrl(run.runId));
      await this.stream(caller, run.runId, { afterSeq: 0, fresh: !run.replayed }, reply);
    } else if (manner.wait) {
      const whole = await this.#waitForReply(caller, run, manner.timeoutMs).catch((thrown: unknown) => {
        throw withPlace(toFault(thrown), run);
      });
      await reply.status(200).send(whole);
    } else {
      const accepted: Accepted = { id: run.runId, status: 'processing', conversation_id: run.conversationId, poll_url: pollUrl(run.runId) };
      await reply.status(202).header('location', accepted.poll_url).send(accepted);
    }
  }

  /** The run's events after `afterSeq`, to the end; `fresh` for a run that was only just made. */
  async stream(caller: Caller, runId: MessageId, from: { readonly afterSeq: number; readonly fresh: boolean }, reply: FastifyReply): Promise<void> {
    this.#count(1);
    try {
      await writeEventStream(reply, (signal) => this.#follower.follow(caller, runId, { ...from, signal }), this.#shutdown);
    } finally {
      this.#count(-1);
    }
  }

  /** @throws the run's own Fault, or `timeout` */
  async #waitForReply(caller: Caller, run: AcceptedRun, timeoutMs: number): Promise<Reply> {
    const timeout = new AbortController();
    const timer = setTimeout(() => {
      timeout.abort();
    }, timeoutMs);
    this.#count(1);
    const signal = AbortSignal.any([timeout.signal, this.#shutdown.leaving]);
    try {
      const last = await lastEvent(this.#follower.follow(caller, run.runId, { afterSeq: 0, fresh: !run.replayed, signal }));
      if (last?.type === 'end') return toReply(last);
      if (last?.type === 'error') throw Fault.fromBody({ error: last.error, message: last.message, status: last.status, details: last.details });
    } finally {
      clearTimeout(timer);
      this.#count(-1);
    }
    throw stillWorking(timeout.signal.aborted ? 'timeout' : 'service_unavailable');
  }
}

/** Where to ask how far a reply is. */
export function pollUrl(runId: MessageId): string {
  return `/api/v1/message/${runId}/status`;
}

/** The whole reply, as the terminal event tells it. */
export function toReply(event: Extract<RunEvent, { type: 'end' }>): Reply {
  const { type: _type, seq: _seq, ...reply } = event;
  return { ...reply, role: 'assistant' };
}

async function lastEvent(events: AsyncIterable<RunEvent>): Promise<RunEvent | null> {
  for await (const event of events) if (isTerminal(event)) return event;
  return null;
}

function stillWorking(code: 'timeout' | 'service_unavailable'): Fault {
  const why = code === 'timeout' ? 'No answer within timeout_ms.' : 'The gateway is shutting down.';
  return new Fault(code, `${why} The work goes on: ask poll_url for the reply.`);
}

/** What goes wrong once the message is accepted tells where it can be asked for. */
function withPlace(fault: Fault, { runId, conversationId }: Pick<AcceptedRun, 'runId' | 'conversationId'>): Fault {
  const { error, message, details } = fault.toBody();
  return new Fault(error, message, { details: { ...details, id: runId, conversation_id: conversationId, poll_url: pollUrl(runId) }, cause: fault.cause });
}
