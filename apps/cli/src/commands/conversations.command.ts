import type { Conversation, OpenClawClient } from '@openclaw/sdk';
import { columnsOf } from '../columns-of.js';
import type { Terminal } from '../command.types.js';
import { completeConversation } from '../known-conversations.js';
import { toMarkdown } from '../conversation-text.js';
import { defineCommand } from '../define-command.js';
import { EXIT } from '../exit-codes.js';
import { connect } from '../gateway-client.js';
import { given } from '../given.js';
import { choice, flag, JSON_FLAG, rest, required, text, whole } from '../options.js';
import { printable, toJson } from '../printable.js';
import { toTable } from '../to-table.js';
import { UsageError } from '../usage-error.js';
import { wholeConversation } from '../whole-conversation.js';

const PAGE = 200;
const FILTERS = {
  limit: whole('<n>', 'how many, the last active first', { short: 'n', min: 1, max: 100_000, initial: 20 }),
  channel: text('<channel>', 'only of this channel'),
  person: text('<person>', 'only of this person, for tokens that may say so'),
  since: text('<time>', 'active at or after this time, or date'),
  until: text('<time>', 'active at or before this time, or date'),
  archived: flag('archived ones too'),
  json: JSON_FLAG,
} as const;

interface Filters {
  readonly limit: number;
  readonly channel: string | undefined;
  readonly person: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly archived: boolean;
  readonly json: boolean;
}

export const conversationsList = defineCommand({
  options: FILTERS,
  run: ({ options }, terminal) => list(undefined, options, terminal),
});

export const conversationsSearch = defineCommand({
  details: ['Finds conversations by the words of their messages, and by their stems.'],
  args: { words: rest('what was said') },
  options: FILTERS,
  run: ({ args, options }, terminal) => {
    if (args.words.length === 0) throw new UsageError('say what to look for');
    return list(args.words.join(' '), options, terminal);
  },
});

export const conversationsShow = defineCommand({
  details: ['With --json the conversation and all of its messages, as one object.'],
  args: { id: required('the conversation', { complete: completeConversation }) },
  options: { json: JSON_FLAG },
  run: async ({ args, options }, terminal) => {
    const conversation = await wholeConversation(await connect(terminal), args.id);
    terminal.out(options.json ? `${toJson(conversation)}\n` : printable(toMarkdown(conversation)));
    return EXIT.ok;
  },
});

export const conversationsExport = defineCommand({
  details: ['As JSON: one array of conversations with all of their messages. As Markdown: one document, with a heading for each.'],
  args: { ids: rest('the conversations; or --all') },
  options: {
    all: flag('every conversation, archived ones too'),
    format: choice('<format>', 'what it is written as', ['markdown', 'json']),
    person: text('<person>', 'with --all: only of this person, for tokens that may say so'),
  },
  run: async ({ args, options }, terminal) => {
    if (options.all === args.ids.length > 0) throw new UsageError('name conversations, or say --all');
    const client = await connect(terminal);
    const ids = options.all ? everyId(client, options.person) : args.ids;
    return options.format === 'json' ? exportJson(client, ids, terminal) : exportMarkdown(client, ids, terminal);
  },
});

async function list(q: string | undefined, filters: Filters, terminal: Terminal): Promise<number> {
  const { limit, archived, json, ...others } = filters;
  const query = given({ ...others, q, limit: Math.min(limit, PAGE), archived: archived ? ('true' as const) : undefined });
  const found: Conversation[] = [];
  for await (const conversation of await (await connect(terminal)).conversations.list(query)) {
    found.push(conversation);
    if (found.length === limit) break;
  }
  const rows = found.map(({ id, channel, message_count: count, last_message_at: at, title }) => [
    id,
    channel,
    String(count),
    at,
    title ?? '',
  ]);
  const table = (): string => toTable(['ID', 'CHANNEL', 'MESSAGES', 'LAST ACTIVE', 'TITLE'], rows, columnsOf(terminal));
  terminal.out(json ? found.map((conversation) => `${toJson(conversation)}\n`).join('') : table());
  return EXIT.ok;
}

async function* everyId(client: OpenClawClient, person: string | undefined): AsyncGenerator<string, void> {
  for await (const { id } of await client.conversations.list({ limit: PAGE, archived: 'true', ...given({ person }) })) yield id;
}

/** One conversation at a time is in memory. */
async function exportJson(client: OpenClawClient, ids: Iterable<string> | AsyncIterable<string>, terminal: Terminal): Promise<number> {
  let before = '[\n';
  for await (const id of ids) {
    terminal.out(`${before}${toJson(await wholeConversation(client, id), 2)}`);
    before = ',\n';
  }
  terminal.out(before === '[\n' ? '[]\n' : '\n]\n');
  return EXIT.ok;
}

async function exportMarkdown(client: OpenClawClient, ids: Iterable<string> | AsyncIterable<string>, terminal: Terminal): Promise<number> {
  let before = '';
  for await (const id of ids) {
    terminal.out(`${before}${printable(toMarkdown(await wholeConversation(client, id)))}`);
    before = '\n';
  }
  return EXIT.ok;
}
