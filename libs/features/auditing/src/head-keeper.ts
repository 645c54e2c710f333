import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AuditHead, type AuditStore, RESTORED } from '@openclaw/audit';
import type { Logger } from '@openclaw/telemetry';
import type { KeptHead } from './kept-head.js';

/**
 * every second: the trail's end ─► does it go on from the one that is kept? ─┬─ yes ─► kept instead
 *                                                                             └─ no ──► said, once; what is kept stays, for `openclaw audit verify`
 */
export class HeadKeeper {
  readonly #store: AuditStore;
  readonly #kept: KeptHead;
  readonly #logger: Logger;
  #said: string | null = null;

  constructor(store: AuditStore, kept: KeptHead, logger: Logger) {
    this.#store = store;
    this.#kept = kept;
    this.#logger = logger;
  }

  /** One look. */
  async keep(): Promise<void> {
    const [kept, head] = [this.#kept.read(), await this.#store.head()];
    if (kept?.seq === head.seq && kept.hash === head.hash) return;
    if (kept === null || (await this.#goesOn(kept, head))) {
      await mkdir(dirname(this.#kept.file), { recursive: true, mode: 0o700 });
      await this.#kept.write(head);
      this.#logger.info({ seq: head.seq, hash: head.hash }, 'the audit trail goes on');
    } else if (this.#said !== head.hash) {
      this.#said = head.hash;
      this.#logger.error({ known: kept, found: head }, 'the audit trail does not go on from where it was: run "openclaw audit verify"');
    }
  }

  async #goesOn(kept: AuditHead, head: AuditHead): Promise<boolean> {
    if (kept.seq <= head.seq && (kept.seq === 0 || (await this.#store.find(kept.seq))?.hash === kept.hash)) return true;
    return this.#said !== head.hash && (await this.#store.explains(RESTORED, kept.hash));
  }
}
