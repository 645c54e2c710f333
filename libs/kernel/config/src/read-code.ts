/** The code of a failed system call (`ENOENT`, `EACCES`, …); null where `thrown` is anything else. */
export function readCode(thrown: unknown): string | null {
  return Error.isError(thrown) && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
}
