import { z } from 'zod';

/** What a token may do. A route or frame without a scope does not boot. */
export const SCOPES = ['read', 'message', 'memory', 'admin'] as const;
export const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;

/** Who calls: travels with a message to the worker and is enforced there too. */
export interface Principal {
  /** `gateway` for the gateway token, `anonymous` where authentication is off, else a `tok_` id. */
  readonly tokenId: string;
  readonly scopes: readonly Scope[];
}
