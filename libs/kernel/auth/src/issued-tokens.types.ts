import type { Fault } from '@openclaw/errors';
import type { Principal } from '@openclaw/words';

/** Tokens beside the gateway's own, as a gateway knows them. */
export interface IssuedTokens {
  /**
   * The id that such a token names, by its form alone; null for what is none. Costs nothing, and says nothing about whether it is valid.
   */
  idOf(token: string): string | null;
  /**
   * Whose token it is, or why it is not let in, as its holder may be told.
   * @param digest its SHA-256
   * @throws Unreachable where that is not known now
   */
  identify(token: string, digest: Buffer): Promise<Principal | Fault>;
  /**
   * Calls `end` once, within 2 s of the token being revoked or expiring. For what outlasts the request that let it in.
   * @returns what takes it back, any number of times
   */
  hold(tokenId: string, end: (why: Fault) => void): () => void;
}
