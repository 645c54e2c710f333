import { eventEnvelopeSchema, isTerminal, type RunEvent, runEventSchema } from '@openclaw/words';
import { Fault } from '@openclaw/errors';

/**
 * Events as another process wrote them, perhaps one of another version: what is not known here is passed on as it stands, types and
 * fields alike. Only the terminal ones must be whole, since replies are made of them.
 * @throws Fault `internal_error` where this is no list of events
 */
export function toEvents(written: unknown): RunEvent[] {
  const events = eventEnvelopeSchema.array().safeParse(written);
  if (!events.success) throw unreadable(events.error);
  return events.data.map((event) => {
    const passed = event as unknown as RunEvent; // readers look at the types they know and hand on the rest
    const whole = isTerminal(passed) ? runEventSchema.safeParse(event) : null;
    if (whole?.error) throw unreadable(whole.error);
    return passed;
  });
}

function unreadable(cause: unknown): Fault {
  return new Fault('internal_error', 'The stored events of this message cannot be read.', { cause });
}
