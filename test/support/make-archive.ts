import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

/** An entry of an archive, as hostile as its writer likes. */
export interface ArchiveEntry {
  /** As bytes where it is no UTF-8. */
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** tar: the type flag; `0` a file, `2` a symbolic link, `3` a device. */
  readonly type?: string;
  readonly linkTo?: string;
  /** zip: Unix mode, in the external attributes. */
  readonly mode?: number;
  /** zip: the name in the header before the data, where it is another. */
  readonly localName?: string;
  /** zip: the size that both headers claim. */
  readonly claimedSize?: number;
  readonly isEncrypted?: boolean;
}

const BLOCK = 512;
const NOTHING = deflateRawSync('');

/** ustar, written by hand: what no honest program writes has to come from somewhere. */
export function makeTar(entries: readonly ArchiveEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(2 * BLOCK)]);
}

/** The same, gzipped. */
export function makeTarGz(entries: readonly ArchiveEntry[]): Buffer {
  return gzipSync(makeTar(entries));
}

function tarEntry({ name, content = '', type = '0', linkTo = '' }: ArchiveEntry): Buffer {
  const body = Buffer.from(content);
  const header = Buffer.alloc(BLOCK);
  Buffer.from(name).copy(header, 0, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write(type, 156);
  header.write(linkTo, 157, 100);
  header.write('ustar\0' + '00', 257);
  header.write(' '.repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]);
}

/** A zip, written by hand for the same reason. */
export function makeZip(entries: readonly ArchiveEntry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '');
    const packed = content.length === 0 ? NOTHING : deflateRawSync(content);
    const fields = zipFields(entry, content, packed.length);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields(entry.localName ?? entry.name).local, packed]);
    central.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), fields(entry.name, offset).central]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function zipFields(
  entry: ArchiveEntry,
  content: Buffer,
  packed: number,
): (name: string | Buffer, offset?: number) => { readonly local: Buffer; readonly central: Buffer } {
  const common = Buffer.alloc(22);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(entry.isEncrypted === true ? 0x801 : 0x800, 2);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(packed, 14);
  common.writeUInt32LE(entry.claimedSize ?? content.length, 18);
  return (name, offset = 0) => {
    const bytes = Buffer.from(name);
    const nameLength = Buffer.alloc(4);
    nameLength.writeUInt16LE(bytes.length, 0);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, 3]);
    return { local: Buffer.concat([common, nameLength, bytes]), central: Buffer.concat([madeBy, common, nameLength, rest, bytes]) };
  };
}
