/** Separates the parts. */
export const BOUNDARY = '----openclaw';

/** A part of a form. */
export interface Part {
  readonly headers: readonly string[];
  readonly body: Buffer | string;
}

/** A file in a form. */
export const filePart = (filename: string, body: Buffer | string, type = 'text/plain', name = 'file'): Part => ({
  headers: [`Content-Disposition: form-data; name="${name}"; filename="${filename}"`, `Content-Type: ${type}`],
  body,
});
/** A field of a form. */
export const fieldPart = (name: string, value: string): Part => ({
  headers: [`Content-Disposition: form-data; name="${name}"`],
  body: value,
});

/** The body of a form, as RFC 7578 has it. @param end what it ends with */
export function formOf(parts: readonly Part[], end = `\r\n--${BOUNDARY}--\r\n`): Buffer {
  const pieces = parts.flatMap(({ headers, body }, index) => [
    `${index === 0 ? '' : '\r\n'}--${BOUNDARY}\r\n${headers.join('\r\n')}\r\n\r\n`,
    body,
  ]);
  return Buffer.concat([...pieces, end].map((each) => Buffer.from(each)));
}
