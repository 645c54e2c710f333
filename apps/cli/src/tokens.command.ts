import { parseArgs } from 'node:util';
import { type CreateToken, createTokenSchema, type Token, TokensService, TokensStore } from '@openclaw/tokens';
import { type Caller, isId, OWNER, SCOPES, toCaller, toIssues } from '@openclaw/words';
import type { Command, Terminal } from './command.types.js';
import { toTable } from './to-table.js';
import { UsageError } from './usage-error.js';
import { withDatabase } from './with-database.js';

/** Whoever may run this has the database, and with it every right. */
const GATEWAY: Caller = toCaller({ tokenId: 'gateway', scopes: SCOPES, person: OWNER }, 'openclaw-cli');
const HEAD = ['ID', 'NAME', 'SCOPES', 'PERSON', 'CREATED BY', 'EXPIRES', 'LAST USED'];
const PAGE = 200;

/** All that are not revoked: newest first. */
export const tokenList: Command = {
  name: 'token list',
  summary: 'show the tokens that were made and are not revoked',
  usage: '[--json]',
  details: ['--json   one JSON object a line'],
  run: async (args, terminal) => {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } });
    const tokens = await withTokens(terminal, listAll);
    terminal.out(values.json ? tokens.map((token) => `${JSON.stringify(token)}\n`).join('') : toTable(HEAD, tokens.map(rowOf)));
    return 0;
  },
};

/** Prints the token and nothing else, so that `TOKEN=$(openclaw token create …)` works; its id goes to standard error. */
export const tokenCreate: Command = {
  name: 'token create',
  summary: 'make a token and print it, this once',
  usage: '<name> --scope <scope> … [--person <person>] [--expires <time>]',
  details: [
    `--scope     ${SCOPES.join(', ')}; may be given more than once`,
    '--person    whose things it makes and sees; owner where it is left out',
    '--expires   a time as 2027-05-31T12:00:00Z, or a date; never where it is left out',
  ],
  run: async (args, terminal) => {
    const wanted = readWanted(args);
    const { id, token } = await withTokens(terminal, (service) => service.create(GATEWAY, wanted));
    terminal.err(`made ${id}; revoke it with openclaw token revoke ${id}\n`);
    terminal.out(`${token}\n`);
    return 0;
  },
};

/** Exit code 1 where there is no such token. */
export const tokenRevoke: Command = {
  name: 'token revoke',
  summary: 'revoke a token and those that it made',
  usage: '<id>',
  details: ['Every gateway knows within two seconds, and ends what the token has open.'],
  run: async (args, terminal) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [id, ...others] = positionals;
    if (id === undefined || others.length > 0 || !isId('tok', id)) throw new UsageError('name one token, such as tok_01h2xcejqtf2nbrexx3vqjhp41');
    await withTokens(terminal, (service) => service.revoke(GATEWAY, id));
    terminal.out(`${id} is revoked\n`);
    return 0;
  },
};

function readWanted(args: readonly string[]): CreateToken {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { scope: { type: 'string', multiple: true, default: [] }, person: { type: 'string' }, expires: { type: 'string' } },
  });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new UsageError('name the token, such as laptop');
  const wanted = createTokenSchema.safeParse({ name, scopes: values.scope, person: values.person, expires_at: values.expires });
  if (wanted.success) return wanted.data;
  throw new UsageError(toIssues(wanted.error).map(({ path, message }) => `${path} ${message}`).join('; '));
}

/** Gateways find what was revoked by looking, within a second. */
async function withTokens<T>(terminal: Terminal, use: (service: TokensService) => Promise<T>): Promise<T> {
  return withDatabase(terminal, 'tokens', (database) => use(new TokensService(new TokensStore(database), () => Promise.resolve())));
}

async function listAll(service: TokensService): Promise<Token[]> {
  const tokens: Token[] = [];
  for (let total = 1; tokens.length < total; ) {
    const page = await service.list(GATEWAY, { limit: PAGE, offset: tokens.length });
    tokens.push(...page.tokens);
    total = page.tokens.length === 0 ? 0 : page.total;
  }
  return tokens;
}

function rowOf({ id, name, scopes, person, created_by: maker, expires_at: expires, last_used_at: used }: Token): string[] {
  return [id, name, scopes.join(','), person, maker, expires ?? 'never', used ?? 'never'];
}
