/** Whether memory finds the evidence for questions on long conversations, beside plain BM25 over the same turns. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rankPlainly } from './plain-bm25.mjs';

const AT_ONCE = 500;
const DEPTHS = [5, 10, 20];
/** Of a question whose answer is not there as it is asked, no evidence can be found. */
const ADVERSARIAL = 5;

/**
 * @param folder JSON files `{id, sessions: [{date_time, turns: [{id, speaker, text, image_caption?}]}], questions: [{question, evidence,
 * category}]}`
 * @returns conversations with each turn as memory takes it
 */
export async function readConversations(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map(async (name) => toConversation(JSON.parse(await readFile(join(folder, name), 'utf8')))));
}

/**
 * Writes every turn by POST /memory and asks every question by POST /memory/search.
 * @param personOf whose log a conversation goes to: one for all, or one for each
 * @param settle waits until what was written is all that a search may use
 * @returns per category and over all, for memory and for plain BM25: questions, any and all evidence at each depth, MRR
 */
export async function measureRecall(post, conversations, personOf, settle = async () => undefined) {
  const logs = Map.groupBy(conversations, personOf);
  const outcomes = [];
  for (const [person, inLog] of logs) {
    const turns = inLog.flatMap((conversation) => conversation.turns);
    const idOf = await write(post, person, turns);
    await settle(person, turns.length);
    for (const conversation of inLog) {
      for (const { question, evidence, category } of conversation.questions) {
        const wanted = evidence.map((id) => `${conversation.id} ${id}`);
        const {
          results,
          took_ms: tookMs,
          embeddings,
        } = await post('/api/v1/memory/search', { query: question, limit: Math.max(...DEPTHS), person });
        const found = results.map(({ id }) => idOf.get(id));
        outcomes.push({ category, tookMs, embeddings, memory: rate(found, wanted), plain: rate(rankPlainly(turns, question), wanted) });
      }
    }
  }
  const categories = [...new Set(outcomes.map(({ category }) => category))].sort();
  return [...categories, 'all'].map((category) => {
    const of = outcomes.filter((outcome) => category === 'all' || outcome.category === category);
    return {
      category,
      questions: of.length,
      memory: mean(of.map(({ memory }) => memory)),
      plain: mean(of.map(({ plain }) => plain)),
      took_ms: of.map(({ tookMs }) => tookMs),
      with_vectors: of.filter(({ embeddings }) => embeddings === 'used').length,
    };
  });
}

async function write(post, person, turns) {
  const idOf = new Map();
  for (let start = 0; start < turns.length; start += AT_ONCE) {
    const part = turns.slice(start, start + AT_ONCE);
    const { memories } = await post('/api/v1/memory', {
      person,
      entries: part.map(({ content, author, at, thread }) => ({ content, author, at, thread })),
    });
    memories.forEach(({ id }, index) => idOf.set(id, part[index].key));
  }
  return idOf;
}

function rate(found, wanted) {
  const ranks = wanted.map((key) => found.indexOf(key)).filter((rank) => rank >= 0);
  const first = Math.min(...ranks);
  const within = (depth) => ranks.filter((rank) => rank < depth).length;
  return {
    ...Object.fromEntries(DEPTHS.map((depth) => [`any@${depth}`, first < depth ? 1 : 0])),
    'all@10': within(10) === new Set(wanted).size ? 1 : 0,
    mrr: ranks.length > 0 ? 1 / (first + 1) : 0,
  };
}

function mean(rates) {
  return Object.fromEntries(Object.keys(rates[0]).map((name) => [name, rates.reduce((sum, each) => sum + each[name], 0) / rates.length]));
}

function toConversation({ id, sessions, questions }) {
  const turns = sessions.flatMap(({ date_time: time, turns }) =>
    turns.map((turn) => ({
      key: `${id} ${turn.id}`,
      content: turn.image_caption ? `${turn.text} [${turn.image_caption}]` : turn.text,
      author: turn.speaker,
      at: toTime(time),
      thread: id,
    })),
  );
  return { id, turns, questions: questions.filter(({ category }) => category !== ADVERSARIAL) };
}

/** `1:56 pm on 8 May, 2023` */
function toTime(written) {
  const [, hour, minute, half, date] = /^(\d+):(\d+) (am|pm) on (.+)$/.exec(written);
  const day = new Date(`${date} 00:00 UTC`);
  day.setUTCHours((Number(hour) % 12) + (half === 'pm' ? 12 : 0), Number(minute));
  return day.toISOString();
}
