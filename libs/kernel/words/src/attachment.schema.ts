import { z } from 'zod';
import { idSchema } from './ids.js';
import { readDataUrl } from './data-url.js';
import { isAttachableType, parseMediaType } from './media-type.js';

export const ATTACHMENTS_MAX = 8;
/** Decoded bytes of one attachment inside a message; the limit on bodies is usually reached first. */
export const ATTACHMENT_BYTES_MAX = 10_485_760;
const ADDRESS_CHARACTERS_MAX = 2048;

/** What a file is called: no path, nothing invisible that is not white space. */
export const fileNameSchema = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}/\\]*$/u, { error: 'must hold no path separators and no control characters' });

/**
 * One file that comes with a message: at a `url` (`data:<type>;base64,…` or `https://…`), as `text`, or one that was sent before, by
 * its `file_id`. `media_type` is a hint for a `url` that says nothing itself; what the bytes are decides.
 */
export const attachmentSchema = z
  .strictObject({
    name: fileNameSchema.optional(),
    media_type: z
      .string()
      .max(255)
      .optional()
      .describe('text/*, application/json, application/pdf, image/png, image/jpeg, image/gif or image/webp'),
    url: z.string().optional().describe('data:<type>;base64,<data> or https://…'),
    text: z.string().optional(),
    file_id: idSchema('file').optional().describe('A file of POST /files'),
  })
  .superRefine((attachment, ctx) => {
    for (const { path, message } of findProblems(attachment)) ctx.addIssue({ code: 'custom', path: [path], message });
  })
  .meta({ id: 'Attachment', oneOf: [{ required: ['url'] }, { required: ['text'] }, { required: ['file_id'] }] });
/** A file of a message as the caller names it: by an address, by its text, or by the id of an upload. */
export type Attachment = z.infer<typeof attachmentSchema>;

export const attachmentsSchema = z.array(attachmentSchema).max(ATTACHMENTS_MAX);

/** The attachments in metadata that is already stored; what is not well formed is left out. At most {@link ATTACHMENTS_MAX}. */
export function readAttachments(metadata: Readonly<Record<string, unknown>>): Attachment[] {
  const { attachments } = metadata;
  if (!Array.isArray(attachments)) return [];
  return attachments.slice(0, ATTACHMENTS_MAX).flatMap((item: unknown) => {
    const parsed = attachmentSchema.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
}

interface Problem {
  readonly path: 'url' | 'text' | 'file_id' | 'media_type';
  readonly message: string;
}

interface Sources {
  readonly url?: string | undefined;
  readonly text?: string | undefined;
  readonly file_id?: string | undefined;
  readonly media_type?: string | undefined;
}

function findProblems({ media_type, ...sources }: Sources): Problem[] {
  const { url, text } = sources;
  const problems: (Problem | null)[] = [problemOfType(media_type), url === undefined ? null : problemOfUrl(url), problemOfText(text)];
  const [given, ...others] = (['url', 'text', 'file_id'] as const).filter((path) => sources[path] !== undefined);
  if (given === undefined) problems.push({ path: 'url', message: 'must be given, or text or file_id instead of it' });
  for (const path of others) problems.push({ path, message: `cannot stand beside ${given ?? ''}` });
  if (given !== undefined && given !== 'url' && media_type !== undefined)
    problems.push({ path: 'media_type', message: `cannot stand beside ${given}` });
  return problems.filter((problem) => problem !== null);
}

function problemOfType(mediaType: string | undefined): Problem | null {
  if (mediaType === undefined) return null;
  const parsed = parseMediaType(mediaType);
  if (parsed === null) return { path: 'media_type', message: 'must be a media type such as image/png' };
  return isAttachableType(parsed.essence) ? null : { path: 'media_type', message: notAttachable(parsed.essence) };
}

function problemOfText(text: string | undefined): Problem | null {
  const isTooLong = text !== undefined && Buffer.byteLength(text) > ATTACHMENT_BYTES_MAX;
  return isTooLong ? { path: 'text', message: `must be at most ${String(ATTACHMENT_BYTES_MAX)} bytes` } : null;
}

function problemOfUrl(url: string): Problem | null {
  const message = /^data:/i.test(url) ? problemOfDataUrl(url) : problemOfAddress(url);
  return message === null ? null : { path: 'url', message };
}

function problemOfDataUrl(url: string): string | null {
  const data = readDataUrl(url);
  if (typeof data === 'string') return data;
  if (!isAttachableType(data.mediaType.essence)) return notAttachable(data.mediaType.essence);
  const bytes = Math.floor((data.base64.length * 3) / 4);
  return bytes > ATTACHMENT_BYTES_MAX + 2 ? `must hold at most ${String(ATTACHMENT_BYTES_MAX)} bytes` : null;
}

function problemOfAddress(url: string): string | null {
  if (url.length > ADDRESS_CHARACTERS_MAX) return `must be at most ${String(ADDRESS_CHARACTERS_MAX)} characters`;
  const address = URL.parse(url);
  if (address?.protocol !== 'https:') return 'must be an https:// or a data: URL';
  return address.username || address.password ? 'must not hold a user name or password' : null;
}

/** Why files of that type are not taken. */
export function notAttachable(essence: string): string {
  return `${essence} cannot be attached; text/*, application/json, application/pdf, image/png, image/jpeg, image/gif and image/webp can`;
}
