import type { ConversationWithMessages, Message } from '@openclaw/sdk';

/** A conversation as a document: a heading, what is known of it, and each message below its author and time. */
export function toMarkdown(conversation: Omit<ConversationWithMessages, 'has_more'>): string {
  const { id, title, channel, person, created_at: created, messages } = conversation;
  const about = [`- id: ${id}`, `- channel: ${channel}`, `- person: ${person}`, `- begun: ${created}`];
  return [`# ${(title ?? 'Conversation').replaceAll('\n', ' ')}`, '', ...about, '', ...messages.flatMap(blockOf)].join('\n');
}

function blockOf({ role, content, created_at: at, status, error, attachments = [] }: Message): string[] {
  const state = status === 'completed' ? '' : ` (${status})`;
  const files = attachments.map(({ name, id, size }) => `- file: ${name} (${id}, ${String(size)} bytes)`);
  const failure = error === undefined ? [] : [`> ${error.message}`, ''];
  return [
    `## ${role === 'user' ? 'User' : 'Assistant'}, ${at}${state}`,
    '',
    ...(content === '' ? [] : [content, '']),
    ...failure,
    ...(files.length === 0 ? [] : [...files, '']),
  ];
}
