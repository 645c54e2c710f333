/** True for Redis' refusal to write while it holds as much as it may (`maxmemory` with `noeviction`); reading and deleting still work. */
export function isFull(thrown: unknown): boolean {
  return Error.isError(thrown) && thrown.message.startsWith('OOM ');
}
