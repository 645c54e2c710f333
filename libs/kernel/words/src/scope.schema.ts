import { z } from 'zod';

/** What a token may do. A route or frame without a scope does not boot. */
export const SCOPES = ['read', 'message', 'memory', 'admin'] as const;
export const scopeSchema = z.enum(SCOPES);
/** What a token may do. */
export type Scope = z.infer<typeof scopeSchema>;
