/** The bytes from `from` to before `to`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

const ONE_RANGE = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i;

/**
 * What a `Range` header asks for of so many bytes (RFC 9110, 14.2). `whole` where it is absent, malformed, of another unit, or several
 * ranges: a server may pass over those, and a client that asks must take the whole. `none` where nothing of it is there.
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'whole' | 'none' {
  const [, first = '', last = ''] = ONE_RANGE.exec(header ?? '') ?? [];
  if (first + last === '' || size === 0) return 'whole';
  return first === '' ? lastBytes(Number(last), size) : bytesFrom(Number(first), last === '' ? size : Number(last) + 1, size);
}

function lastBytes(count: number, size: number): ByteRange | 'none' {
  return count === 0 ? 'none' : { from: Math.max(0, size - count), to: size };
}

function bytesFrom(from: number, to: number, size: number): ByteRange | 'whole' | 'none' {
  if (to <= from && from < size) return 'whole'; // it ends before it begins: malformed
  return from >= size ? 'none' : { from, to: Math.min(size, to) };
}
