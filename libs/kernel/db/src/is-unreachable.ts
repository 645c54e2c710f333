/** Node's and OpenSSL's names for a peer that is not there. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/**
 * SQLSTATE 08 (connection), 53 (out of connections, memory, disk), 57014 (took too long), 57P01–57P05 (shutdown, starting up, idle),
 * 25006 (read-only, as a standby is). Postgres manual, appendix A.
 */
const SQLSTATE = /^(08...|53...|57014|57P0[1-5]|25P03|25006)$/;
/** Not reached, timed out, closed, no connection to be had. Prisma's error reference. */
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);
/** pg and Prisma raise these without a code. */
const MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|not queryable|Can't reach database|Cannot use a pool after calling end/i;
const CAUSES_MAX = 5;

/** True where a failure says that Postgres could not be reached, stopped answering or has no room, and not that the statement was wrong. */
export function isUnreachable(thrown: unknown, depth = 0): boolean {
  if (!Error.isError(thrown) || depth > CAUSES_MAX) return false;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  if (NETWORK_CODES.has(code) || SQLSTATE.test(code) || PRISMA_CODES.has(code) || MESSAGES.test(thrown.message)) return true;
  return isUnreachable(thrown.cause, depth + 1);
}
