import { Fault } from '@openclaw/errors';
import { type Caller, onBehalfOf, type PersonId } from '@openclaw/words';

/** The caller, acting for the person that it named, if it did. @throws Fault `forbidden` where it may not */
export function actingFor(caller: Caller, person: PersonId | undefined): Caller {
  const acting = onBehalfOf(caller, person);
  if (acting) return acting;
  throw new Fault('forbidden', 'Naming another person takes a token with the scope "admin".', { details: { required_scope: 'admin' } });
}
