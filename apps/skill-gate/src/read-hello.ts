import { type Duplex, Readable } from 'node:stream';
import { getExtensionData, readTlsClientHello } from 'read-tls-client-hello';

/** A record's head says its kind and its length (RFC 8446 §5.1). */
const HEAD_BYTES = 5;
const HANDSHAKE = 22;
const RECORD_BYTES_MAX = 16_384;

/** What a client says first. */
export interface Hello {
  /** Every byte that has come, for whoever it is meant for. */
  readonly hello: Buffer;
  /** The name in it, lower case; null where there is none, or it is not TLS. */
  readonly name: string | null;
}

/**
 * Reads what a TLS client says first, and leaves the socket paused. A hello in more than one record has no name: no client in use sends
 * one.
 * @param head what has come already
 * @throws Error where nothing whole comes in time
 */
export async function readHello(socket: Duplex, head: Buffer, withinMs: number): Promise<Hello> {
  const hello = await firstRecord(socket, head, withinMs);
  return { hello, name: await nameIn(hello) };
}

async function firstRecord(socket: Duplex, head: Buffer, withinMs: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let come = head;
  const look = (piece: Buffer): void => {
    come = Buffer.concat([come, piece]);
    if (isWhole(come)) resolve(come);
  };
  const fail = (): void => {
    reject(new Error('the connection ended before TLS began'));
  };
  const late = setTimeout(fail, withinMs);
  socket.on('data', look).once('close', fail).once('end', fail);
  look(Buffer.alloc(0));
  return promise.finally(() => {
    clearTimeout(late);
    socket.off('data', look).off('close', fail).off('end', fail).pause();
  });
}

/** Or certain not to be a record of a handshake. */
function isWhole(come: Buffer): boolean {
  if (come.length < HEAD_BYTES) return false;
  const length = come.readUInt16BE(3);
  return come[0] !== HANDSHAKE || length > RECORD_BYTES_MAX || come.length >= HEAD_BYTES + length;
}

async function nameIn(hello: Buffer): Promise<string | null> {
  try {
    return (
      getExtensionData(await readTlsClientHello(Readable.from([hello], { objectMode: false })), 'sni')?.serverName?.toLowerCase() ?? null
    );
    // eslint-disable-next-line no-catch-all/no-catch-all -- whatever it is that is said there, it is not TLS with a name
  } catch {
    return null;
  }
}
