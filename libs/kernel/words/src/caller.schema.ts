import { z } from 'zod';
import type { Scope } from './scope.schema.js';

/** Whose something is: `owner`, or for a channel's sender `<channel>:` and the platform's own id. Compared byte for byte. */
export type PersonId = string;

/** The person whose gateway it is. */
export const OWNER: PersonId = 'owner';

/** Whose something is, as it stands in a body or a query. */
export const personSchema = z
  .string()
  .regex(/^[^\s\p{C}]{1,300}$/u, { error: 'must be 1 to 300 visible characters without white space' })
  .meta({ id: 'Person', description: 'Whose it is; `owner` unless something else says otherwise', examples: ['owner', 'telegram:123456'] });

/** Whose token it is, and what it may do. */
export interface Principal {
  /** `gateway` for the gateway token, `anonymous` where authentication is off, else a `tok_` id. */
  readonly tokenId: string;
  readonly scopes: readonly Scope[];
  /** Whose things it makes. */
  readonly person: PersonId;
}

/** Who asks: the first parameter of every use case and store. It travels with a message to the worker and is enforced there too. */
export interface Caller extends Principal {
  /** Whose things it sees; null for everybody's, as an admin does that names nobody. */
  readonly sees: PersonId | null;
  /** For the log lines that it causes, in every service. */
  readonly requestId: string;
}

/** The caller of a request that came with a token. */
export function toCaller(principal: Principal, requestId: string): Caller {
  return { ...principal, requestId, sees: principal.scopes.includes('admin') ? null : principal.person };
}

/**
 * The caller as it acts for a person that it named.
 * @param person undefined where it named nobody: then nothing changes
 * @returns null where it may not act for that person
 */
export function onBehalfOf(caller: Caller, person: PersonId | undefined): Caller | null {
  if (person === undefined) return caller;
  if (person !== caller.person && !caller.scopes.includes('admin')) return null;
  return { ...caller, person, sees: person };
}
