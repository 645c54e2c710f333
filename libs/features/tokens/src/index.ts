export { tokens } from './feature.js';
export { KnownTokens } from './known-tokens.js';
export {
  createdTokenSchema,
  createTokenSchema,
  tokenListSchema,
  type CreatedToken,
  type CreateToken,
  type Token,
  type TokenList,
} from './token.schema.js';
export { RevocationNotices } from './revocation-notices.js';
export { TokensService } from './tokens.service.js';
export { TokensStore } from './tokens.store.js';
