import { idSchema, personSchema, SCOPES, scopeSchema, timeSchema } from '@openclaw/words';
import { z } from 'zod';

const NAME_CHARACTERS_MAX = 100;
const NAME = 'A name that tells it from the others, e.g. laptop';
const EXAMPLE = {
  id: 'tok_01h2xcejqtf2nbrexx3vqjhp41',
  name: 'laptop',
  scopes: ['read', 'message'],
  person: 'owner',
  created_at: '2026-11-30T12:00:00.000Z',
  created_by: 'gateway',
  expires_at: '2027-05-31T00:00:00.000Z',
  last_used_at: null,
  limits: null,
};

/** A token as it is told of: never the token itself. */
export const tokenSchema = z
  .object({
    id: idSchema('tok'),
    name: z.string(),
    scopes: z.array(scopeSchema),
    person: personSchema,
    created_at: z.iso.datetime(),
    created_by: z
      .string()
      .describe('The id of the token that made it, `gateway` for the gateway’s own, `anonymous` where authentication is off'),
    expires_at: z.iso.datetime().nullable().describe('null: never'),
    last_used_at: z.iso.datetime().nullable().describe('To the minute'),
    limits: z.null().describe('Budgets of its own: none in this version'),
  })
  .meta({ id: 'Token', examples: [EXAMPLE] });
/** A token as it is told of. */
export type Token = z.infer<typeof tokenSchema>;

/** What makes a token. */
export const createTokenSchema = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(NAME_CHARACTERS_MAX)
      .regex(/^\P{C}*$/u, { error: 'must have no control characters' })
      .describe(NAME),
    scopes: z.array(scopeSchema).min(1).max(SCOPES.length).describe('No more than the token has that makes it'),
    person: personSchema.optional().describe('Whose things it makes and sees; that of the token that makes it where it is left out'),
    expires_at: timeSchema.nullable().optional().describe('Left out or null: as long as the token that makes it'),
    limits: z
      .null({ error: 'cannot be set: this version has no budgets' })
      .optional()
      .describe('Not in this version: anything but null is refused'),
  })
  .meta({ id: 'CreateToken', examples: [{ name: 'laptop', scopes: ['read', 'message'], expires_at: '2027-05-31' }] });
/** What makes a token, validated. */
export type CreateToken = z.infer<typeof createTokenSchema>;

/** The one reply that shows a token. */
export const createdTokenSchema = tokenSchema
  .extend({ token: z.string().describe('The token itself: shown here and never again') })
  .meta({ id: 'CreatedToken', examples: [{ ...EXAMPLE, token: 'oclaw_…' }] });
/** The one reply that shows a token. */
export type CreatedToken = z.infer<typeof createdTokenSchema>;

/** Which page of tokens. */
export const listTokensQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  person: personSchema.optional().describe('Whose; everybody’s where it is left out'),
});
/** Which page of tokens, validated. */
export type ListTokensQuery = z.infer<typeof listTokensQuerySchema>;

/** A page of tokens. */
export const tokenListSchema = z
  .object({ tokens: z.array(tokenSchema), total: z.number().int(), limit: z.number().int(), offset: z.number().int() })
  .meta({ id: 'TokenList' });
/** A page of tokens. */
export type TokenList = z.infer<typeof tokenListSchema>;
