/** A log of any size: words by Zipf's law with a long tail of rare ones, in conversations of twenty turns. Seeded. */
const WORDS = 20_000;
const TURNS = 20;
const AT_ONCE = 500;
const IN_FLIGHT = 2;

export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const SYLLABLES = [
  'ba',
  'de',
  'fi',
  'go',
  'ku',
  'la',
  'me',
  'ni',
  'po',
  'ru',
  'sa',
  'te',
  'vi',
  'wo',
  'zu',
  'cha',
  'bre',
  'sto',
  'pli',
  'dra',
];
/** A word for each number: the same always, and no two alike. */
const wordOf = (number) =>
  `${SYLLABLES[number % 20]}${SYLLABLES[Math.floor(number / 20) % 20]}${SYLLABLES[Math.floor(number / 400) % 20]}${number >= 8000 ? SYLLABLES[Math.floor(number / 8000) % 20] : ''}${number >= 160_000 ? number : ''}`;
export const commonWord = (random) => wordOf(Math.floor(WORDS ** random()) - 1);

/** One turn: 8 to 24 words, one in twelve of them rare. */
export function turnOf(random) {
  const length = 8 + Math.floor(random() * 17);
  return Array.from({ length }, () => (random() < 0.08 ? wordOf(WORDS + Math.floor(random() * 500_000)) : commonWord(random))).join(' ');
}

/** A question as people ask: words of one turn, some common ones, now and then a name that is spelled wrong. */
export function questionOf(random, turn) {
  const words = turn.split(' ');
  const own = Array.from({ length: 3 }, () => words[Math.floor(random() * words.length)]);
  return `what did ${commonWord(random)} say about ${own.join(' ')} and ${commonWord(random)}?`;
}

/**
 * Writes `entries` turns for a person; `from` of them are there already.
 * @param turn makes each
 * @returns some of the turns that it wrote
 */
export async function fill({ send, person, progress }, from, entries, turn = turnOf) {
  const random = seeded(from + 1);
  const sample = [];
  const start = Date.UTC(2020, 0, 1);
  let next = from;
  const batch = async () => {
    while (next < entries) {
      const first = next;
      next += AT_ONCE;
      const turns = Array.from({ length: Math.min(AT_ONCE, entries - first) }, (_, index) => ({
        content: turn(random),
        author: ['Ann', 'Bo'][index % 2],
        at: new Date(start + Math.floor((first + index) / TURNS) * 7_200_000 + (index % TURNS) * 60_000).toISOString(),
        thread: `talk ${Math.floor((first + index) / TURNS)}`,
      }));
      sample.push(turns[Math.floor(random() * turns.length)].content);
      await send('/api/v1/memory', { person, entries: turns });
      if (first % 50_000 === 0) progress(`${first} of ${entries} entries`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, batch));
  return sample;
}
