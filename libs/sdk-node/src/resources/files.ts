import type { File as StoredFile } from '../contract.gen.js';
import type { CallOptions } from '../options.js';
import { newKey, pathOf, type Transport } from '../transport.js';

/** A file to be stored. */
export interface FileInput {
  readonly name: string;
  readonly content: Blob | Uint8Array<ArrayBuffer> | string;
  /** The blob's own, or `application/octet-stream`, where it is left out. */
  readonly mediaType?: string;
}

/** Files of messages and replies. */
export class Files {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** One that no message names within a day goes again. */
  async upload({ name, content, mediaType }: FileInput, options?: CallOptions): Promise<StoredFile> {
    const type = mediaType ?? (content instanceof Blob && content.type !== '' ? content.type : 'application/octet-stream');
    const headers = { 'content-type': type, 'idempotency-key': newKey() };
    return this.#transport.json(
      { method: 'POST', path: pathOf('files'), query: { name }, raw: content, headers, repeatable: true },
      options,
    );
  }

  async get(id: string, options?: CallOptions): Promise<StoredFile> {
    return this.#transport.json({ method: 'GET', path: pathOf('files', id), repeatable: true }, options);
  }

  async content(id: string, options: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const request = { method: 'GET', path: pathOf('files', id, 'content'), headers: { accept: '*/*' }, repeatable: true } as const;
    return this.#transport.call(request, options, async (response) => new Uint8Array(await response.arrayBuffer()));
  }
}
