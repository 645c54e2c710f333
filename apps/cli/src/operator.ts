import { type Caller, OWNER, SCOPES, toCaller } from '@openclaw/words';

/** Whoever has a shell on the machine, and with it the database: may do what the gateway's own token may. */
export const OPERATOR: Caller = toCaller({ tokenId: 'gateway', scopes: SCOPES, person: OWNER }, 'openclaw-cli');
