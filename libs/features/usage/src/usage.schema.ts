import { personSchema, timeSchema } from '@openclaw/words';
import { z } from 'zod';

/** By what spending is added up. */
export const USAGE_GROUPS = ['day', 'model', 'token', 'person', 'conversation'] as const;
/** By what spending is added up. */
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** What spending is asked for. */
export const usageQuerySchema = z.strictObject({
  from: timeSchema.optional().describe('At or after this time; thirty days before `to` where left out'),
  to: timeSchema.optional().describe('Before this time; now where left out'),
  group_by: z.enum(USAGE_GROUPS).default('day').describe('`day` is one of `cost_control.timezone`'),
  person: personSchema.optional().describe('Whose; everybody’s that the token sees where left out'),
});
/** What spending is asked for, validated. */
export type UsageQuery = z.infer<typeof usageQuerySchema>;

const spendingFields = {
  requests: z.number().int().describe('Requests to a model'),
  tokens: z.object({
    input: z.number().int(),
    cached_input: z.number().int().describe('Of the input, what came from a provider’s cache'),
    output: z.number().int(),
    reasoning: z.number().int().describe('Of the output, what was thought, where the provider tells'),
  }),
  cost_usd: z.number().nullable().describe('null where the price of any of it is not known'),
  known_cost_usd: z.number().describe('What of it has a known price'),
  estimated: z.boolean().describe('Some of it was never counted by the provider: a reply that broke off or was cancelled'),
};

/** Spending, added up. */
export const usageSchema = z
  .object({
    rows: z.array(
      z.object({ key: z.string().describe('A day, `provider/model`, a token, a person or a conversation'), ...spendingFields }),
    ),
    total: z.number().int().describe('How many rows there are; of more than 1000 those that spent most are told, of days the newest'),
    sum: z.object(spendingFields).describe('Of all rows, those included that are not told'),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
  })
  .meta({
    id: 'Usage',
    examples: [
      {
        rows: [
          {
            key: '2026-11-30',
            requests: 12,
            tokens: { input: 41_200, cached_input: 30_100, output: 3_100, reasoning: 900 },
            cost_usd: 0.0421,
            known_cost_usd: 0.0421,
            estimated: false,
          },
        ],
        total: 1,
        sum: {
          requests: 12,
          tokens: { input: 41_200, cached_input: 30_100, output: 3_100, reasoning: 900 },
          cost_usd: 0.0421,
          known_cost_usd: 0.0421,
          estimated: false,
        },
        from: '2026-10-31T12:00:00.000Z',
        to: '2026-11-30T12:00:00.000Z',
      },
    ],
  });
/** Spending, added up. */
export type Usage = z.infer<typeof usageSchema>;
