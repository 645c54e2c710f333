/** How long `GET /conversations?q=` and the search that `recall` makes take in a log in which people write in every script. */
import { commonWord, fill, seeded, turnOf } from './fill.mjs';
import { list, makeConversations, settle, time } from './latency.mjs';

const PERSON = 'owner';
const QUESTIONS = 100;
const WARM_UP = 10;
const HAN = 3000;

/** A few letters are in most words and most are in few, as in any language. */
const zipf = (random, count) => Math.floor(count ** random()) - 1;
const letters = (from, count) => (random) => String.fromCodePoint(from + zipf(random, count));
const SCRIPTS = {
  Chinese: { letter: letters(0x4e00, HAN), spaced: false },
  Japanese: { letter: (random) => (random() < 0.5 ? letters(0x4e00, HAN) : letters(0x3042, 80))(random), spaced: false },
  Korean: { letter: letters(0xac00, 4000), spaced: true },
  Thai: { letter: letters(0x0e01, 46), spaced: false },
  Russian: { letter: letters(0x0430, 32), spaced: true },
  Arabic: { letter: letters(0x0628, 35), spaced: true },
};
const EMOJI = ['🎉', '🚀', '🍕', '👩‍👩‍👧', '🇩🇪'];

function wordIn({ letter }, random) {
  return Array.from({ length: 2 + Math.floor(random() * 4) }, () => letter(random)).join('');
}

const ADDRESS = (random) => `${commonWord(random)}.${commonWord(random)}@${commonWord(random)}.example.com`;
const VERSION = (random) => `${Math.floor(random() * 30)}.${Math.floor(random() * 30)}.${Math.floor(random() * 30)}`;
const SHORT = (random) => `${String.fromCodePoint(97 + Math.floor(random() * 26), 97 + Math.floor(random() * 26))}`;

function turnInAnyLanguage(random) {
  const extra = [
    [0.03, ADDRESS],
    [0.03, VERSION],
    [0.1, SHORT],
    [0.03, () => EMOJI[Math.floor(random() * EMOJI.length)]],
  ].flatMap(([share, make]) => (random() < share ? [make(random)] : []));
  if (random() < 0.4) return [turnOf(random), ...extra].join(' ');
  const script = Object.values(SCRIPTS)[Math.floor(random() * Object.keys(SCRIPTS).length)];
  return [Array.from({ length: 8 }, () => wordIn(script, random)).join(script.spaced ? ' ' : ''), ...extra].join(' ');
}

/** What is asked, by kind; the commonest words and letters come most. */
const KINDS = {
  'two words': (random) => `${commonWord(random)} ${commonWord(random)}`,
  ...Object.fromEntries(Object.entries(SCRIPTS).map(([name, script]) => [name, (random) => wordIn(script, random)])),
  'a word of two letters': SHORT,
  'one Chinese character': SCRIPTS.Chinese.letter,
  'part of an address': (random) => `${commonWord(random)}.example.com`,
  version: VERSION,
  emoji: (random) => EMOJI[Math.floor(random() * EMOJI.length)],
};

/** @returns a row for each kind of question: p50 and p95 of both, in milliseconds */
export async function measureLanguages({ send, product, progress }, entries) {
  await fill({ send, person: PERSON, progress }, 0, entries, turnInAnyLanguage);
  await settle(product);
  await makeConversations(product);
  const rows = [];
  for (const [kind, make] of Object.entries(KINDS)) {
    progress(`asking for ${kind}`);
    const random = seeded(rows.length + 1);
    const questions = Array.from({ length: QUESTIONS + WARM_UP }, () => make(random));
    const q = await time(product, questions, (question) => list(product, question), WARM_UP);
    const recall = await time(product, questions, (query) => send('/api/v1/memory/search', { query }), WARM_UP);
    rows.push({ kind, q_p50_ms: q['p50 ms'], q_p95_ms: q['p95 ms'], recall_p50_ms: recall['p50 ms'], recall_p95_ms: recall['p95 ms'] });
  }
  return rows;
}
