import type { CommandEntry } from './command.types.js';

/** Every command, in the order in which the help lists them. A new one is a file and a line, which the formatter leaves whole. */
// prettier-ignore
export const commands: readonly CommandEntry[] = [
  entry('send', 'ask, and print the answer', async () => (await import('./commands/send.command.js')).send),
  entry('status', 'show how the whole system is', async () => (await import('./commands/status.command.js')).status),
  entry('health', 'say whether the gateway, Postgres and Redis are well', async () => (await import('./commands/status.command.js')).health),
  entry('token show', 'print the gateway token in force', async () => (await import('./commands/token-show.command.js')).tokenShow),
  entry('token list', 'show the tokens that were made and are not revoked', async () => (await import('./commands/tokens.command.js')).tokenList),
  entry('token create', 'make a token and print it, this once', async () => (await import('./commands/tokens.command.js')).tokenCreate),
  entry('token revoke', 'revoke a token and those that it made', async () => (await import('./commands/tokens.command.js')).tokenRevoke),
  entry('config check', 'name every problem of the configuration, or print the one in force', async () => (await import('./commands/config-check.command.js')).configCheck),
  entry('config split', 'write the configuration for each process, without the secrets of the others', async () => (await import('./commands/config-split.command.js')).configSplit),
  entry('provider check', 'ask the configured providers three tiny questions, and say what they can do', async () => (await import('./commands/provider-check.command.js')).providerCheck),
  entry('migrate', 'bring the database up to the newest migration', async () => (await import('./commands/migrate.command.js')).migrate),
  entry('secrets create', 'make the passwords that the services share, unless they exist', async () => (await import('./commands/secrets-create.command.js')).secretsCreate),
  entry('work list', 'show the background work that waits, is under way, or has failed for good', async () => (await import('./commands/work.command.js')).workList),
  entry('work retry', 'have work that failed for good tried again, as if it had never failed', async () => (await import('./commands/work.command.js')).workRetry),
  entry('audit verify', 'look through the audit trail, and name the first entry that is not what was written', async () => (await import('./commands/audit.command.js')).auditVerify),
  entry('audit restored', 'say in the audit trail that a backup was put back, so that the gap is explained', async () => (await import('./commands/audit.command.js')).auditRestored),
];

function entry(name: string, summary: string, load: CommandEntry['load']): CommandEntry {
  return { name, summary, load };
}
