import { join } from 'node:path';
import type { AuditHead } from '@openclaw/audit';
import { readSmallFile, writeWhole } from '@openclaw/config';
import { z } from 'zod';

const FILE = 'audit-head.json';
const OWNER_ONLY = 0o600;
const headSchema = z.object({ seq: z.number().int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) });

/** The end of the trail, as a gateway last saw it, in its data folder: out of reach of whoever has the database alone. */
export class KeptHead {
  readonly file: string;

  /** @param folder there already, or made by whoever keeps the gateway's token in it */
  constructor(folder: string) {
    this.file = join(folder, FILE);
  }

  /** null where none is kept yet, or what is kept cannot be read. */
  read(): AuditHead | null {
    const read = readSmallFile(this.file);
    if (!('text' in read)) return null;
    try {
      return headSchema.safeParse(JSON.parse(read.text)).data ?? null;
    } catch (thrown) {
      if (thrown instanceof SyntaxError) return null;
      throw thrown;
    }
  }

  /** Whole or not at all. */
  async write({ seq, hash }: AuditHead): Promise<void> {
    await writeWhole(this.file, `${JSON.stringify({ seq, hash })}\n`, OWNER_ONLY);
  }
}
