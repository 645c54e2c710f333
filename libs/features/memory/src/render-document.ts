import type { DocumentPassage } from './documents.store.js';

/** What a document is called: `facts`, `conversations-2026-05`. */
export function nameOf(document: string, period: string): string {
  return period === '' ? document : `${document}-${period}`;
}

/** Passages of one document, in order, as Markdown: what was saved line by line, conversations each under its title. */
export function renderDocument(passages: readonly DocumentPassage[]): string {
  const [first] = passages;
  if (!first) return '';
  const heading = `# ${first.document.charAt(0).toUpperCase()}${first.document.slice(1)}${first.period === '' ? '' : `, ${first.period}`}`;
  const parts = passages.map((passage, index) =>
    first.document === 'conversations' ? renderSession(passage, passages[index - 1]) : renderLine(passage),
  );
  return `${heading}\n\n${parts.join('\n')}\n`;
}

function renderLine({ body, author, at, isSuperseded }: DocumentPassage): string {
  const text = body.replaceAll(/(?<!\s)\s*\n\s*/g, ' ');
  return `- ${isSuperseded ? `~~${text}~~` : text} (${author}, ${dayOf(at)}${isSuperseded ? ', corrected since' : ''})`;
}

function renderSession({ title, body, at }: DocumentPassage, before: DocumentPassage | undefined): string {
  const heading = before && before.title === title ? '' : `## ${(title ?? 'A conversation').replaceAll(/\s+/g, ' ')}\n\n`;
  return `${heading}${dayOf(at)}\n\n${body
    .split('\n')
    .map((line) => (/^\s*[-*] /.test(line) ? line : `- ${line}`))
    .join('\n')}\n`;
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
