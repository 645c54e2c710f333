import type { AuditEntry, AuditList } from '../contract.gen.js';
import type { CallOptions } from '../options.js';
import { type Page, pageFrom } from '../page.js';
import { pathOf, type Transport } from '../transport.js';

/** The trail of what changed the system. Wants the scope `admin`. */
export class Audit {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. */
  async list(query: { readonly limit?: number; readonly offset?: number } = {}, options?: CallOptions): Promise<Page<AuditEntry>> {
    return pageFrom(query.offset ?? 0, async (offset) => {
      const { entries, total } = await this.#transport.json<AuditList>(
        { method: 'GET', path: pathOf('audit'), query: { ...query, offset }, repeatable: true },
        options,
      );
      return { items: entries, total };
    });
  }
}
