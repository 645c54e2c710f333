/**
 * What being alike in meaning weighs, against words; and what of that a turn has from those next to it. Set on one half of a corpus, held
 * on the other.
 */
const ALIKE = 1;
const NEXT = 0.2;
/** An entry without any word of the question must stand out among the candidates by so many deviations: some are always nearest. */
const STANDS_OUT = 1;
/** What is far in meaning and has a word is found all the same, after all others. */
const LEAST = 1e-6;

/**
 * What words say of each candidate, joined with how alike it is in meaning. Scales differ by model, so what counts is by how many
 * deviations one stands above the others; ranks would throw away what words are sure of. Pure.
 * @param words 0 where no word speaks for it @param next for each the candidates that stand next to it @param likeness null for no vector:
 * neither for nor against
 * @returns 0 where neither words nor meaning speak for it
 */
export function joinLikeness(
  words: readonly number[],
  next: readonly (readonly number[])[],
  likeness: readonly (number | null)[],
): number[] {
  const deviations = toDeviations(likeness);
  const scale = ALIKE * (spreadOf(words) || 1);
  return words.map((score, index) => {
    const own = deviations[index] ?? 0;
    if (score === 0 && own < STANDS_OUT) return 0;
    const around = (next[index] ?? []).reduce((sum, other) => sum + (deviations[other] ?? 0), 0);
    const sum = score + scale * (own + NEXT * around);
    return sum > LEAST ? sum : LEAST * Math.exp(sum / scale);
  });
}

/** By how many standard deviations each is above the mean; 0 for one that is not there. */
export function toDeviations(values: readonly (number | null)[]): number[] {
  const known = values.filter((value) => value !== null);
  const mean = meanOf(known);
  const spread = spreadOf(known);
  return values.map((value) => (value === null || spread === 0 ? 0 : (value - mean) / spread));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function spreadOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}
