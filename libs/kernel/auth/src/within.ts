/** What `work` gives, or null where it takes longer. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, ms, null);
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}
