/**
 * attachment ─► text │ data URL decoded │ https fetched through the guard │ sent before ─► bytes ─► sniffed ─► image │ text │ PDF to text ─► file
 *                                    └──────────────── cannot be had ───────────────────────────────────────────────────► missing, why
 * Protects: one file per attachment, in their order; one that is broken, too large, slow or out of reach costs nothing but itself; all
 * of them together take no longer than one deadline.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { ATTACHMENT_BYTES_MAX, type Attachment, attachmentSchema, parseMediaType, readDataUrl } from '@openclaw/words';
import type { AttachedFile } from './attached-file.types.js';
import { fetchFile } from './fetch-file.js';
import { MissingError } from './missing-error.js';
import { type Network, publicInternet } from './network.js';
import { readStored, type StoredSource, type StoredSources } from './stored-source.js';
import { type FetchedBytes, type FileLimits, textFile, toFile } from './to-file.js';

export interface AttachmentLimits extends FileLimits {
  /** Per file, from the first look-up to the last byte. */
  readonly fetchTimeoutMs: number;
  readonly redirectsMax: number;
  /** For all files of a message, fetched and read; those that are not done by then are missing. */
  readonly totalTimeoutMs: number;
}

export interface LoadOptions {
  readonly limits?: Partial<AttachmentLimits>;
  /** {@link publicInternet} where absent. */
  readonly network?: Network;
  /** Where absent, files that were sent before are missing. */
  readonly stored?: StoredSources;
  /** What is left of the time of whoever wants them; the limits hold all the same. */
  readonly withinMs?: number;
}

interface Loading {
  readonly limits: AttachmentLimits;
  readonly network: Network;
  readonly stored: StoredSources | undefined;
  readonly signal: AbortSignal;
  /** Aborts when the time for all of them is over. */
  readonly deadline: AbortSignal;
}

const NOT_KEPT = 'it is no longer kept';
const DEFAULT_LIMITS: AttachmentLimits = {
  imageBytesMax: 5_242_880, // what Anthropic takes per image, the least of the providers
  fileBytesMax: ATTACHMENT_BYTES_MAX,
  storedBytesMax: 26_214_400,
  textCharactersMax: 1_000_000,
  pdfPagesMax: 200,
  pdfTimeoutMs: 15_000,
  pdfMemoryMb: 512,
  fetchTimeoutMs: 15_000,
  redirectsMax: 3,
  totalTimeoutMs: 20_000,
};

/**
 * The attachments of one message, read: a file for each, in their order. One that cannot be had is `missing`, with a reason that is fit
 * for strangers. Rejects with `signal.reason` at once when aborted, otherwise only on a bug. Fetches side by side, reads one PDF at a
 * time in the whole process; keeps nothing, so each call fetches anew.
 */
export async function loadAttachments(
  attachments: readonly Attachment[],
  options: LoadOptions,
  signal: AbortSignal,
): Promise<AttachedFile[]> {
  signal.throwIfAborted();
  const allowed = { ...DEFAULT_LIMITS, ...options.limits };
  const limits = { ...allowed, totalTimeoutMs: Math.min(allowed.totalTimeoutMs, options.withinMs ?? Infinity) };
  const deadline = AbortSignal.timeout(limits.totalTimeoutMs);
  const loading: Loading = {
    limits,
    network: options.network ?? publicInternet,
    stored: options.stored,
    signal: AbortSignal.any([signal, deadline]),
    deadline,
  };
  const found = await Promise.all(
    attachments.map((attachment, index) => {
      const name = nameOf(attachment, index);
      return orMissing(name, () => find(name, attachment, loading), loading);
    }),
  );
  const files: AttachedFile[] = [];
  for (const item of found) {
    await turnOfTheLoop(); // a file takes a few milliseconds; others come in between
    files.push('kind' in item ? item : await orMissing(item.name, () => make(item, loading), loading));
  }
  signal.throwIfAborted();
  return files;
}

async function make(item: FetchedBytes | StoredSource, { limits, signal, stored }: Loading): Promise<AttachedFile> {
  if ('bytes' in item) return toFile(item, limits, signal);
  return stored ? stored.turns.take(() => readStored(item, limits, signal)) : missing(item.name, NOT_KEPT);
}

async function find(
  name: string,
  { file_id: id, url, text, media_type, ...given }: Attachment,
  { limits, network, stored, signal }: Loading,
): Promise<FetchedBytes | StoredSource | AttachedFile> {
  if (id !== undefined) return stored ? stored.open(id, given.name) : missing(name, NOT_KEPT);
  if (text !== undefined) return textFile({ name, mediaType: 'text/plain', text }, limits);
  if (url === undefined) throw new MissingError('nothing was sent of it');
  if (/^data:/i.test(url)) return decode(name, url);
  const bytesMax = Math.max(limits.imageBytesMax, limits.fileBytesMax);
  const { bytes, declared } = await fetchFile(
    url,
    { bytesMax, timeoutMs: limits.fetchTimeoutMs, redirectsMax: limits.redirectsMax },
    network,
    signal,
  );
  return { name, bytes, declared: declared ?? parseMediaType(media_type ?? '') };
}

function decode(name: string, url: string): FetchedBytes {
  const data = readDataUrl(url);
  if (typeof data === 'string') throw new MissingError('its data URL is malformed');
  return { name, bytes: Buffer.from(data.base64, 'base64'), declared: data.mediaType };
}

/** The name that was given, else the one that the address ends in, else its number. */
function nameOf({ name, url = '' }: Attachment, index: number): string {
  if (name !== undefined) return name;
  const last = URL.parse(url)?.protocol === 'https:' ? new URL(url).pathname.split('/').at(-1) : '';
  const { success, data } = attachmentSchema.safeParse({ name: decoded(last ?? ''), text: '' });
  return (success ? data.name : undefined) ?? `attachment ${String(index + 1)}`;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (Error.isError(error) && error.name === 'URIError') return '';
    throw error;
  }
}

async function orMissing<T>(name: string, load: () => Promise<T>, { deadline, limits }: Loading): Promise<T | AttachedFile> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof MissingError) return missing(name, error.message);
    if (deadline.aborted && error === deadline.reason)
      return missing(name, `all files of this message together took longer than ${String(limits.totalTimeoutMs / 1000)} seconds`);
    throw error;
  }
}

function missing(name: string, reason: string): AttachedFile {
  return { kind: 'missing', name, reason };
}
