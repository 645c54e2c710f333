import type { Principal } from '@openclaw/words';
import type { TestGateway } from './test-system.js';

/** Lets each of these tokens in as somebody, whichever way such a token is made; all others as before. */
export function admitAs({ gateway: { authenticator } }: TestGateway, tokens: Readonly<Record<string, Principal>>): void {
  const asBefore = authenticator.authenticateToken.bind(authenticator);
  authenticator.authenticateHeader = (authorization, address) =>
    authenticator.authenticateToken(authorization?.replace('Bearer ', '') ?? '', address);
  authenticator.authenticateToken = async (token, address) => tokens[token] ?? asBefore(token, address);
}
