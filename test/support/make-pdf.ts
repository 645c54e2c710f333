import { deflateSync } from 'node:zlib';

export interface PdfOptions {
  /** Makes it ask for a password that nobody knows. */
  readonly encrypted?: boolean;
  /** Bytes of blanks in front of the text of each page; they are stored compressed to next to nothing. */
  readonly padding?: number;
}

/** A PDF 1.4 with one page for each line of ASCII text, without parentheses and backslashes. */
export function makePdf(lines: readonly string[], { encrypted = false, padding = 0 }: PdfOptions = {}): Uint8Array {
  const pageIds = lines.map((_, index) => 4 + index * 2);
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${String(lines.length)} /Kids [${pageIds.map((id) => `${String(id)} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...lines.flatMap((line, index) => [page(4 + index * 2 + 1), stream(`${' '.repeat(padding)}BT /F1 12 Tf 72 720 Td (${line}) Tj ET`)]),
  ];
  return assemble(objects, encrypted);
}

function page(contentId: number): string {
  return `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents ${String(contentId)} 0 R >>`;
}

function stream(content: string): string {
  const data = deflateSync(content).toString('latin1');
  return `<< /Length ${String(data.length)} /Filter /FlateDecode >>\nstream\n${data}\nendstream`;
}

function assemble(objects: readonly string[], encrypted: boolean): Uint8Array {
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${String(index + 1)} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const rows = ['0000000000 65535 f ', ...offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n `)];
  const hex = '5a'.repeat(32);
  const lock = encrypted
    ? ` /ID [<${hex}> <${hex}>] /Encrypt << /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <${hex}> /U <${hex}> >>`
    : '';
  const trailer = `trailer\n<< /Size ${String(rows.length)} /Root 1 0 R${lock} >>\nstartxref\n${String(body.length)}\n%%EOF\n`;
  return Buffer.from(`${body}xref\n0 ${String(rows.length)}\n${rows.join('\n')}\n${trailer}`, 'latin1');
}
