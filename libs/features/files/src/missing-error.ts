/** An attachment that cannot be had. The message ends the sentence `it is missing: …` and is read by the model and by people. */
export class MissingError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'MissingError';
  }
}

/** An address that may not be fetched from at all, whoever answers there. */
export class ForbiddenAddress extends MissingError {
  constructor(reason: string) {
    super(reason);
    this.name = 'ForbiddenAddress';
  }
}

/** The `code` that Node and undici give to their errors; null where a thrown value has none, which is a bug's. */
export function codeOf(thrown: unknown): string | null {
  // Not `instanceof`: what Node throws may be of another realm.
  return Error.isError(thrown) && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
}
