import { type Caller, OWNER, type PersonId, type Scope } from '@openclaw/words';

/** As the gateway token calls: everything is allowed, everybody's things are seen. */
export const GATEWAY: Caller = {
  tokenId: 'gateway',
  scopes: ['read', 'message', 'memory', 'admin'],
  person: OWNER,
  sees: null,
  requestId: 'test-request',
};

/** As a token of one person calls. */
export function person(name: PersonId, scopes: readonly Scope[] = ['read', 'message', 'memory']): Caller {
  return { tokenId: `token-of-${name}`, scopes, person: name, sees: name, requestId: `request-of-${name}` };
}
