import { type CreateToken, createTokenSchema, type Token, TokensService, TokensStore } from '@openclaw/tokens';
import { isId, SCOPES, toIssues } from '@openclaw/words';
import type { Terminal } from '../command.types.js';
import { defineCommand } from '../define-command.js';
import { OPERATOR } from '../operator.js';
import { JSON_FLAG, list, required, text } from '../options.js';
import { toTable } from '../to-table.js';
import { UsageError } from '../usage-error.js';
import { withDatabase } from '../with-database.js';

const HEAD = ['ID', 'NAME', 'SCOPES', 'PERSON', 'CREATED BY', 'EXPIRES', 'LAST USED'];
const PAGE = 200;

/** All that are not revoked: newest first. */
export const tokenList = defineCommand({
  details: ['With --json one object a line.'],
  options: { json: JSON_FLAG },
  run: async ({ options }, terminal) => {
    const tokens = await withTokens(terminal, listAll);
    terminal.out(options.json ? tokens.map((token) => `${JSON.stringify(token)}\n`).join('') : toTable(HEAD, tokens.map(rowOf)));
    return 0;
  },
});

/** Prints the token and nothing else, so that `TOKEN=$(openclaw token create …)` works; its id goes to standard error. */
export const tokenCreate = defineCommand({
  args: { name: required('what it is called, such as laptop') },
  options: {
    scope: list('<scope>', SCOPES.join(', '), { values: SCOPES }),
    person: text('<person>', 'whose things it makes and sees (owner)'),
    expires: text('<time>', 'a time as 2027-05-31T12:00:00Z, or a date; never where it is left out'),
  },
  run: async ({ args, options }, terminal) => {
    const wanted = readWanted({ name: args.name, scopes: options.scope, person: options.person, expires_at: options.expires });
    const { id, token } = await withTokens(terminal, (service) => service.create(OPERATOR, wanted));
    terminal.err(`made ${id}; revoke it with openclaw token revoke ${id}\n`);
    terminal.out(`${token}\n`);
    return 0;
  },
});

/** Exit code 1 where there is no such token. */
export const tokenRevoke = defineCommand({
  details: ['Every gateway knows within two seconds, and ends what the token has open.'],
  args: { id: required('of token list') },
  run: async ({ args: { id } }, terminal) => {
    if (!isId('tok', id)) throw new UsageError('name one token, such as tok_01h2xcejqtf2nbrexx3vqjhp41');
    await withTokens(terminal, (service) => service.revoke(OPERATOR, id));
    terminal.out(`${id} is revoked\n`);
    return 0;
  },
});

function readWanted(given: unknown): CreateToken {
  const wanted = createTokenSchema.safeParse(given);
  if (wanted.success) return wanted.data;
  throw new UsageError(
    toIssues(wanted.error)
      .map(({ path, message }) => `${path} ${message}`)
      .join('; '),
  );
}

/** Gateways find what was revoked by looking, within a second. */
async function withTokens<T>(terminal: Terminal, use: (service: TokensService) => Promise<T>): Promise<T> {
  return withDatabase(terminal, 'tokens', (database) => use(new TokensService(new TokensStore(database), () => Promise.resolve())));
}

async function listAll(service: TokensService): Promise<Token[]> {
  const tokens: Token[] = [];
  for (let total = 1; tokens.length < total;) {
    const page = await service.list(OPERATOR, { limit: PAGE, offset: tokens.length });
    tokens.push(...page.tokens);
    total = page.tokens.length === 0 ? 0 : page.total;
  }
  return tokens;
}

function rowOf({ id, name, scopes, person, created_by: maker, expires_at: expires, last_used_at: used }: Token): string[] {
  return [id, name, scopes.join(','), person, maker, expires ?? 'never', used ?? 'never'];
}
