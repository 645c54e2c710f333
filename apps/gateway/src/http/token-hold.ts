import type { IssuedTokens } from '@openclaw/auth';
import type { Caller } from '@openclaw/words';

/** What goes on for a caller for as long as its token is valid. */
export interface TokenHold {
  /** Aborts with the Fault that says why, within 2 s of the token being revoked or expiring. */
  readonly ended: AbortSignal;
  /** Lets go: it is over by itself. */
  release(): void;
}

/** @param caller null on an open route */
export function holdToken(tokens: Pick<IssuedTokens, 'hold'>, caller: Caller | null): TokenHold {
  const ending = new AbortController();
  const release = caller
    ? tokens.hold(caller.tokenId, (why) => {
        ending.abort(why);
      })
    : (): void => undefined;
  return { ended: ending.signal, release };
}

/** What `work` gives, unless the token has ended by then: then what is known of it is nobody's any more. @throws the Fault that says why */
export async function whileValid<T>({ ended }: Pick<TokenHold, 'ended'>, work: Promise<T> | T): Promise<T> {
  const result = Promise.resolve(work);
  await Promise.allSettled([result]);
  ended.throwIfAborted();
  return result;
}
