import { basename } from 'node:path';
import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { OpenClawClient, Reply, RunStream } from '@openclaw/sdk';
import type { Terminal } from '../command.types.js';
import { completeConversation, newestConversation, SHELL } from '../known-conversations.js';
import { defineCommand } from '../define-command.js';
import { EXIT } from '../exit-codes.js';
import { connect, PATIENT } from '../gateway-client.js';
import { LiveText } from '../live-text.js';
import { flag, JSON_FLAG, list, rest, text, whole } from '../options.js';
import { printable, printableLine, toJson } from '../printable.js';
import { readInput } from '../read-input.js';

const SECONDS = 600;

/** The answer is all that stands on standard output. */
export const send = defineCommand({
  details: [
    'Without a text the message is what is piped in; a text of - stands for it: git diff | openclaw send "review this:" -',
    'On a terminal the answer is shown as it comes; into a pipe it is written whole, so that a run that had to begin again is not in',
    'it twice. --stream writes it as it comes there too; with --json each event is a line. Ctrl-C stops the agent’s work.',
  ],
  args: { text: rest('what to say') },
  options: {
    conversation: text('<id>', 'the conversation that it belongs to; a new one where it is left out', {
      short: 'c',
      complete: completeConversation,
    }),
    continue: flag('go on with the newest conversation that was begun at a shell'),
    file: list('<path>', 'a file to send along', { short: 'f' }),
    person: text('<person>', 'whose it is, for tokens that may say so'),
    timeout: whole('<seconds>', 'how long to wait', { min: 1, max: 86_400, initial: SECONDS }),
    stream: flag('write the answer as it comes'),
    json: JSON_FLAG,
  },
  run: async ({ args, options }, terminal) => {
    const message = await messageOf(args.text, terminal);
    if (message.trim() === '') {
      terminal.err('openclaw: there is nothing to send: give a text, or pipe one in\n');
      return EXIT.misused;
    }
    const client = await connect(terminal, PATIENT);
    const conversation = options.conversation ?? (options.continue ? await newestConversation(client) : undefined);
    const attachments = await upload(options.file, client);
    const stream = client.messageStream(
      {
        channel: SHELL,
        message,
        ...(conversation === undefined ? {} : { conversation_id: conversation }),
        ...(options.person === undefined ? {} : { person: options.person }),
        ...(attachments.length === 0 ? {} : { metadata: { attachments } }),
      },
      { cancelOnAbort: true, timeoutMs: options.timeout * 1000, ...(terminal.signal ? { signal: terminal.signal } : {}) },
    );
    const reply = await show(
      stream,
      { asJson: options.json, isLive: options.stream || (terminal.screen !== undefined && !options.json) },
      terminal,
    );
    tell(reply, terminal);
    return EXIT.ok;
  },
});

async function messageOf(words: readonly string[], terminal: Terminal): Promise<string> {
  if (words.length > 0 && !words.includes('-')) return words.join(' ');
  if (terminal.input?.isTTY === true) terminal.err('Type the message; Ctrl-D on a line of its own sends it.\n');
  const piped = await readInput(terminal);
  return words.length === 0
    ? piped
    : words
        .map((word) => (word === '-' ? `\n\n${piped}` : word))
        .join(' ')
        .trim();
}

async function upload(paths: readonly string[], client: OpenClawClient): Promise<{ file_id: string }[]> {
  const sent: { file_id: string }[] = [];
  for (const path of paths) {
    await stat(path); // names the path where there is none
    const { id } = await client.files.upload({ name: basename(path), content: await openAsBlob(path) });
    sent.push({ file_id: id });
  }
  return sent;
}

async function show(
  stream: RunStream,
  { asJson, isLive }: { readonly asJson: boolean; readonly isLive: boolean },
  terminal: Terminal,
): Promise<Reply> {
  if (isLive) await follow(stream, asJson, terminal);
  const reply = await stream.reply();
  if (!isLive) terminal.out(asJson ? `${toJson(reply)}\n` : `${printable(reply.content).replace(/\n$/, '')}\n`);
  return reply;
}

async function follow(stream: RunStream, asJson: boolean, terminal: Terminal): Promise<void> {
  const live = new LiveText(terminal.out);
  try {
    for await (const event of stream) {
      if (asJson) terminal.out(`${toJson(event)}\n`);
      else if (event.type === 'token') live.add(event.content);
      else if (event.type === 'restart') {
        live.end();
        terminal.err('openclaw: the agent begins again\n');
      }
    }
  } finally {
    if (!asJson) live.end();
  }
}

function tell({ conversation_id: conversation, warnings = [] }: Reply, terminal: Terminal): void {
  for (const { message } of warnings) terminal.err(`openclaw: ${printableLine(message)}\n`);
  if (terminal.isWatched === true) terminal.err(`openclaw: go on with --continue, or --conversation ${conversation}\n`);
}
