import type { IncomingMessage } from 'node:http';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { Fault } from '@openclaw/errors';
import { invalid } from '@openclaw/feature';
import { fileNameSchema } from '@openclaw/words';

/** A file in a form, as it arrives. */
export interface FormFile {
  /** Of a field `name`, wherever it stands in the form, else of the part itself. */
  readonly name: string | undefined;
  readonly declaredType: string | undefined;
  /** Its bytes; after the last one the form is known to be whole. */
  readonly chunks: AsyncIterable<Buffer>;
}

const FILE = 'file';
const NAME = 'name';
const LIMITS = { files: 1, fields: 4, fieldSize: 4096, parts: 8, headerPairs: 32, headerSize: 8192 };

/**
 * The one file of a form (RFC 7578): its part is called `file`; beside it there may be a field `name`.
 * @param body the request's, as it arrives @param left aborted once nobody wants more of it
 * @returns once the file begins @throws Fault `bad_request` where there is none, or more
 */
export async function openForm(
  { headers }: Pick<IncomingMessage, 'headers'>,
  body: AsyncIterable<Buffer>,
  left: AbortController,
): Promise<FormFile> {
  const form = new Form(parserOf(headers['content-type'] ?? ''), left);
  void form.take(body);
  return form.begun;
}

function parserOf(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: LIMITS,
      isPartAFile: (field, _type, name) => field === FILE || name !== undefined,
    });
  } catch (thrown) {
    if (!Error.isError(thrown)) throw thrown;
    throw new Fault('bad_request', 'The Content-Type of the form names no boundary. Let your client set it.', { cause: thrown });
  }
}

/** A form that is being read. The first thing that is wrong with it ends it, for whoever waits for its file and whoever reads that. */
class Form {
  readonly #parser: BusboyInstance;
  readonly #left: AbortController;
  readonly #begun = Promise.withResolvers<FormFile>();
  readonly #ended = Promise.withResolvers<undefined>();
  #stream: BusboyFileStream | null = null;
  #name: string | undefined;
  #failure: Fault | null = null;

  constructor(parser: BusboyInstance, left: AbortController) {
    this.#parser = parser;
    this.#left = left;
    this.#ended.promise.catch(() => undefined); // whoever reads the file hears it
    // eslint-disable-next-line max-params -- the parser's own
    parser.on('file', (field, stream, filename, _encoding, type) => {
      this.#onFile(field, stream, filename, type);
    });
    parser.on('field', (field, value, _isNameCut, isCut) => {
      this.#onField(field, value, isCut);
    });
    for (const event of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) {
      parser.on(event, () => {
        this.#fail(invalid([{ path: FILE, message: 'must be one file, with no more than its name beside it' }]));
      });
    }
    parser.on('error', (cause) => {
      this.#fail(new Fault('bad_request', 'The form cannot be read: it is malformed, or broke off before its end.', { cause }));
    });
    parser.on('finish', () => {
      this.#fail(this.#stream ? null : invalid([{ path: FILE, message: 'is required and must be a part of the form with a file' }]));
    });
  }

  /** Resolves when the file begins. */
  get begun(): Promise<FormFile> {
    return this.#begun.promise;
  }

  /** Reads the body no faster than the file is read. Never rejects: what fails is told to whoever waits. */
  async take(body: AsyncIterable<Buffer>): Promise<void> {
    await this.#feed(body).catch((thrown: unknown) => {
      this.#fail(Fault.from(thrown));
    });
  }

  async #feed(body: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of body) {
      if (this.#failure) return;
      await Promise.race([new Promise((taken) => this.#parser.write(chunk, taken)), this.#ended.promise]);
    }
    this.#parser.end();
  }

  #onFile(field: string, stream: BusboyFileStream, filename: string | undefined, type: string): void {
    stream.on('error', () => undefined); // said by the parser, too
    this.#stream = stream;
    if (field !== FILE) {
      this.#fail(unknownField(field));
      return;
    }
    const own = toFileName(filename);
    const nameOf = (): string | undefined => this.#name ?? own;
    this.#begun.resolve({
      get name() {
        return nameOf();
      },
      declaredType: type,
      chunks: this.#chunks(stream),
    });
  }

  #onField(field: string, value: string, isCut: boolean): void {
    if (field !== NAME) {
      this.#fail(unknownField(field));
      return;
    }
    const name = fileNameSchema.safeParse(value);
    if (isCut || !name.success)
      this.#fail(invalid([{ path: NAME, message: 'must be 1–255 characters without path separators and control characters' }]));
    else this.#name = name.data;
  }

  /** @param failure null where the form is whole */
  #fail(failure: Fault | null): void {
    if (!failure) {
      this.#ended.resolve(undefined);
      return;
    }
    this.#failure ??= failure;
    this.#left.abort();
    this.#begun.reject(this.#failure);
    this.#ended.reject(this.#failure);
    this.#stream?.destroy(this.#failure);
  }

  async *#chunks(stream: BusboyFileStream): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of stream) yield chunk as Buffer; // no encoding is set
      await this.#ended.promise;
    } finally {
      this.#fail(new Fault('bad_request', 'The rest of the form was not read.')); // where it was: nothing any more
    }
  }
}

function unknownField(field: string | undefined): Fault {
  return invalid([{ path: field ?? '', message: 'is not a known field' }]);
}

const NAME_CHARACTERS_MAX = 255;
/** Controls, separators, and what turns the direction of what follows: `gpj.exe` must not read as `exe.jpg`. */
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A name as a form gives it, as one that is taken: no path, as RFC 7578, 4.2 asks, nothing that misleads, the end of one that is too
 * long cut off before its extension. undefined where nothing is left.
 */
export function toFileName(given: string | undefined): string | undefined {
  const [base = ''] = (given ?? '').toWellFormed().split(/[/\\]/).slice(-1);
  const name = base.replaceAll(INVISIBLE, '').trim();
  if (/^\.{0,2}$/.test(name)) return undefined;
  if (name.length <= NAME_CHARACTERS_MAX) return name;
  const extension = /\.[^.]{1,16}$/.exec(name)?.[0] ?? '';
  return `${name
    .slice(0, NAME_CHARACTERS_MAX - extension.length)
    .toWellFormed()
    .replace(/\ufffd$/, '')}${extension}`;
}
