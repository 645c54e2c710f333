/** A skill's files, by path. */
export type Bundle = ReadonlyMap<string, Buffer>;

const BYTES_MAX = 64 * 1024 * 1024;

/** The files of the skills that were called last, in memory alone. */
export class BundleCache {
  readonly #bundles = new Map<string, Bundle>();
  #bytes = 0;

  /** null where they are not here any more. */
  find(digest: string): Bundle | null {
    const bundle = this.#bundles.get(digest);
    if (!bundle) return null;
    this.#bundles.delete(digest);
    this.#bundles.set(digest, bundle);
    return bundle;
  }

  keep(digest: string, bundle: Bundle): void {
    if (this.#bundles.has(digest)) return;
    this.#bundles.set(digest, bundle);
    this.#bytes += sizeOf(bundle);
    for (const [oldest, files] of this.#bundles) {
      if (this.#bytes <= BYTES_MAX) return;
      this.#bundles.delete(oldest);
      this.#bytes -= sizeOf(files);
    }
  }
}

function sizeOf(bundle: Bundle): number {
  return [...bundle.values()].reduce((bytes, { length }) => bytes + length, 0);
}
