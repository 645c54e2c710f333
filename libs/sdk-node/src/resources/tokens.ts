import type { CreatedToken, CreateToken, Token, TokenList } from '../contract.gen.js';
import type { CallOptions } from '../options.js';
import { newKey, pathOf, type Transport } from '../transport.js';

/** Tokens of one's own, for programs and persons. Wants the scope `admin`. */
export class Tokens {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(options?: CallOptions): Promise<readonly Token[]> {
    const { tokens } = await this.#transport.json<TokenList>({ method: 'GET', path: pathOf('tokens'), repeatable: true }, options);
    return tokens;
  }

  /** The reply alone has the token itself. */
  async create(input: CreateToken, options?: CallOptions): Promise<CreatedToken> {
    return this.#transport.json(
      { method: 'POST', path: pathOf('tokens'), json: input, headers: { 'idempotency-key': newKey() }, repeatable: true },
      options,
    );
  }

  /** Its streams and sockets end within two seconds. */
  async revoke(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: pathOf('tokens', id), repeatable: true }, options);
  }
}
