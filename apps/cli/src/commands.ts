import type { CommandEntry } from './command.types.js';

/** Every command, in the order in which the help lists them. A new one is a file and a line, which the formatter leaves whole. */
// prettier-ignore
export const commands: readonly CommandEntry[] = [
  entry('send', 'ask, and print the answer', async () => (await import('./commands/send.command.js')).send),
  entry('chat', 'talk with the agent', async () => (await import('./commands/chat.command.js')).chat),
  entry('status', 'show how the whole system is', async () => (await import('./commands/status.command.js')).status),
  entry('health', 'say whether the gateway, Postgres and Redis are well', async () => (await import('./commands/status.command.js')).health),
  entry('conversations list', 'show the conversations, the last active first', async () => (await import('./commands/conversations.command.js')).conversationsList),
  entry('conversations show', 'print a conversation with all of its messages', async () => (await import('./commands/conversations.command.js')).conversationsShow),
  entry('conversations search', 'find conversations by what was said', async () => (await import('./commands/conversations.command.js')).conversationsSearch),
  entry('conversations export', 'write conversations as Markdown or JSON', async () => (await import('./commands/conversations.command.js')).conversationsExport),
  entry('memory search', 'look through what the agent remembers', async () => (await import('./commands/memory.command.js')).memorySearch),
  entry('memory stats', 'say how much the agent remembers', async () => (await import('./commands/memory.command.js')).memoryStats),
  entry('memory prune', 'forget what meets all criteria, for good', async () => (await import('./commands/memory.command.js')).memoryPrune),
  entry('memory compact', 'make documents of the log of memory now', async () => (await import('./commands/memory.command.js')).memoryCompact),
  entry('logs', 'print what every process says, or follow it', async () => (await import('./commands/logs.command.js')).logs),
  entry('skills list', 'show what the agent was taught', async () => (await import('./commands/skills.command.js')).skillsList),
  entry('skills install', 'teach the agent a skill', async () => (await import('./commands/skills.command.js')).skillsInstall),
  entry('skills enable', 'let the agent use a skill', async () => (await import('./commands/skills.command.js')).skillsEnable),
  entry('skills disable', 'keep a skill from the agent', async () => (await import('./commands/skills.command.js')).skillsDisable),
  entry('skills remove', 'take a skill away, on every worker at once', async () => (await import('./commands/skills.command.js')).skillsRemove),
  entry('config get', 'print the configuration in force, or a key of it', async () => (await import('./commands/config.command.js')).configGet),
  entry('config set', 'change a key on every process', async () => (await import('./commands/config.command.js')).configSet),
  entry('config diff', 'say what was changed', async () => (await import('./commands/config.command.js')).configDiff),
  entry('config revisions', 'show who changed what, and when', async () => (await import('./commands/config.command.js')).configRevisions),
  entry('config restore', 'go back to a revision', async () => (await import('./commands/config.command.js')).configRestore),
  entry('token show', 'print the gateway token in force', async () => (await import('./commands/token-show.command.js')).tokenShow),
  entry('token list', 'show the tokens that were made and are not revoked', async () => (await import('./commands/tokens.command.js')).tokenList),
  entry('token create', 'make a token and print it, this once', async () => (await import('./commands/tokens.command.js')).tokenCreate),
  entry('token revoke', 'revoke a token and those that it made', async () => (await import('./commands/tokens.command.js')).tokenRevoke),
  entry('config check', 'name every problem of the configuration, or print the one in force', async () => (await import('./commands/config-check.command.js')).configCheck),
  entry('config split', 'write the configuration for each process, without the secrets of the others', async () => (await import('./commands/config-split.command.js')).configSplit),
  entry('provider check', 'ask the configured providers three tiny questions, and say what they can do', async () => (await import('./commands/provider-check.command.js')).providerCheck),
  entry('doctor', 'find what is wrong, and say what to do about it', async () => (await import('./commands/doctor.command.js')).doctor),
  entry('backup', 'write all that is kept into one file', async () => (await import('./commands/backup.command.js')).backup),
  entry('backup verify', 'say whether a backup is whole', async () => (await import('./commands/backup.command.js')).backupVerify),
  entry('restore', 'bring a backup into an empty database', async () => (await import('./commands/backup.command.js')).restore),
  entry('migrate', 'bring the database up to the newest migration', async () => (await import('./commands/migrate.command.js')).migrate),
  entry('secrets create', 'make the passwords that the services share, unless they exist', async () => (await import('./commands/secrets-create.command.js')).secretsCreate),
  entry('work list', 'show the background work that waits, is under way, or has failed for good', async () => (await import('./commands/work.command.js')).workList),
  entry('work retry', 'have work that failed for good tried again, as if it had never failed', async () => (await import('./commands/work.command.js')).workRetry),
  entry('audit verify', 'look through the audit trail, and name the first entry that is not what was written', async () => (await import('./commands/audit.command.js')).auditVerify),
  entry('audit restored', 'say in the audit trail that a backup was put back, so that the gap is explained', async () => (await import('./commands/audit.command.js')).auditRestored),
  entry('completion', 'print what makes Tab complete commands, options and values', async () => (await import('./commands/completion.command.js')).completion),
];

function entry(name: string, summary: string, load: CommandEntry['load']): CommandEntry {
  return { name, summary, load };
}
