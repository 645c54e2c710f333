/** BM25 as every textbook has it: words as they stand, k1 1.2, b 0.75. */
const K1 = 1.2;
const B = 0.75;
const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
const indexes = new WeakMap();

/** The keys of the turns that share a word with the question, best first. */
export function rankPlainly(turns, question) {
  const { documents, counts, averageLength } = indexOf(turns);
  const wanted = [...new Set(wordsOf(question))].filter((word) => counts.has(word));
  const idf = (word) => Math.log(1 + (documents.length - counts.get(word) + 0.5) / (counts.get(word) + 0.5));
  const scored = documents.map(({ key, words, length }) => {
    const stretch = K1 * (1 - B + (B * length) / averageLength);
    const score = wanted.reduce(
      (sum, word) => sum + (words.has(word) ? (idf(word) * words.get(word) * (K1 + 1)) / (words.get(word) + stretch) : 0),
      0,
    );
    return { key, score };
  });
  return scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ key }) => key);
}

function indexOf(turns) {
  if (!indexes.has(turns)) indexes.set(turns, makeIndex(turns));
  return indexes.get(turns);
}

function makeIndex(turns) {
  const documents = turns.map(({ key, content }) => {
    const all = wordsOf(content);
    const words = new Map();
    for (const word of all) words.set(word, (words.get(word) ?? 0) + 1);
    return { key, words, length: all.length };
  });
  const counts = new Map();
  for (const { words } of documents) for (const word of words.keys()) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { documents, counts, averageLength: documents.reduce((sum, { length }) => sum + length, 0) / documents.length };
}
