/** `text` without U+0000 and lone surrogates: neither Postgres nor JSON clients can carry them. */
export function toPlainText(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();
}

const VISIBLE = /[^\p{Z}\p{Cc}\p{Cf}]/u;

/** True for text in which nothing can be seen: spaces of any kind, controls, joiners and marks of order. */
export function isBlank(text: string): boolean {
  return !VISIBLE.test(text);
}
