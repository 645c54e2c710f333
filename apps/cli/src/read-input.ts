import type { Terminal } from './command.types.js';

const BYTES_MAX = 4_194_304;

/** All that is piped or typed in, without the mark of byte order that some shells put first. '' where there is nothing. */
export async function readInput({ input }: Terminal): Promise<string> {
  if (input === undefined) return '';
  const decoder = new TextDecoder(); // takes the mark off
  let [text, bytes] = ['', 0];
  for await (const chunk of input) {
    const piece = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer); // a stream without an encoding gives buffers
    bytes += piece.length;
    if (bytes > BYTES_MAX) throw new Error(`standard input has more than ${String(BYTES_MAX)} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
