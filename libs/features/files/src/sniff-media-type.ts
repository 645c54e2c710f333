interface Signature {
  readonly type: string;
  readonly at: number;
  readonly bytes: string;
}

/** As Latin-1. PDF may stand anywhere in the first kilobyte (ISO 32000-1, annex H.3.4.1), but files that need it are rare and suspect. */
const SIGNATURES: readonly Signature[] = [
  { type: 'image/png', at: 0, bytes: '\x89PNG\r\n\x1a\n' },
  { type: 'image/jpeg', at: 0, bytes: '\xff\xd8\xff' },
  { type: 'image/gif', at: 0, bytes: 'GIF87a' },
  { type: 'image/gif', at: 0, bytes: 'GIF89a' },
  { type: 'image/webp', at: 8, bytes: 'WEBPVP8' },
  { type: 'application/pdf', at: 0, bytes: '%PDF-' },
];
const HEAD_BYTES = 16;

/** The type that the first bytes of a file give away, among the binary types that may be attached; null for every other. */
export function sniffMediaType(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  const found = SIGNATURES.find((signature) => head.startsWith(signature.bytes, signature.at));
  if (found?.type === 'image/webp' && !head.startsWith('RIFF')) return null;
  return found?.type ?? null;
}
