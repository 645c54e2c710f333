import { Answer, EventAnswer, type HandlerRequest } from '@openclaw/feature';
import { type Accepted, type Caller, isTerminal, type MessageId, type Reply, type RunEvent } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { RunFollower } from '@openclaw/events';
import type { AcceptedRun } from './messages.service.js';

/** How a caller wants to be answered where it did not choose events. */
export interface Patience {
  /** False: at once, with a place to ask. */
  readonly wait: boolean;
  readonly timeoutMs: number;
}

const REPLAYED =
  'This is what became of the first request with this Idempotency-Key; send the message with a new one to have it tried again.';

export type RunAnswer = EventAnswer | Answer<200, Reply> | Answer<202, Accepted>;

/**
 * Answers for a run: event by event, as JSON when it is over, or at once with a place to ask.
 * @throws the run's own Fault, `timeout` or `service_unavailable`, each with the place to ask
 */
export async function answerRun(
  follower: RunFollower,
  caller: Caller,
  run: AcceptedRun,
  how: Patience & Pick<HandlerRequest, 'wantsEvents' | 'leaving'>,
): Promise<RunAnswer> {
  const headers = { location: pollUrl(run.runId), ...(run.replayed ? { 'idempotency-replayed': 'true' } : {}) };
  const from = { afterSeq: 0, fresh: !run.replayed };
  if (how.wantsEvents) return new EventAnswer((reader) => follower.follow(caller, run.runId, { ...from, ...reader }), headers);
  if (how.wait) {
    const whole = await waitForReply(follower, caller, run, how).catch((thrown: unknown) => {
      throw withPlace(Fault.from(thrown), run);
    });
    return new Answer(200, whole, headers);
  }
  const accepted: Accepted = { id: run.runId, status: 'processing', conversation_id: run.conversationId, poll_url: pollUrl(run.runId) };
  return new Answer(202, accepted, headers);
}

async function waitForReply(
  follower: RunFollower,
  caller: Caller,
  run: AcceptedRun,
  { timeoutMs, leaving }: { timeoutMs: number; leaving: AbortSignal },
): Promise<Reply> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort();
  }, timeoutMs);
  const signal = AbortSignal.any([timeout.signal, leaving]);
  try {
    const last = await lastEvent(follower.follow(caller, run.runId, { afterSeq: 0, fresh: !run.replayed, signal }));
    if (last?.type === 'end') return replyOf(last);
    if (last?.type === 'error')
      throw Fault.fromBody({
        error: last.error,
        message: run.replayed ? `${last.message} ${REPLAYED}` : last.message,
        status: last.status,
        details: last.details,
      });
  } finally {
    clearTimeout(timer);
  }
  throw stillWorking(timeout.signal.aborted ? 'timeout' : 'service_unavailable');
}

/** Where to ask how far a reply is. */
export function pollUrl(runId: MessageId): string {
  return `/api/v1/message/${runId}/status`;
}

/** The whole reply, as the terminal event tells it. */
export function replyOf(event: Extract<RunEvent, { type: 'end' }>): Reply {
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
function withPlace(fault: Fault, { runId, conversationId, replayed }: AcceptedRun): Fault {
  const { error, message, details } = fault.toBody();
  const place = { id: runId, conversation_id: conversationId, poll_url: pollUrl(runId), ...(replayed ? { replayed } : {}) };
  return new Fault(error, message, { details: { ...details, ...place }, cause: fault.cause });
}
