import http from 'node:http';
import https from 'node:https';

const told = {};
const tell = async (name, work) => {
  try {
    told[name] = String(await work());
  } catch (thrown) {
    told[name] = `failed: ${thrown.message} ${thrown.cause?.message ?? ''}`.trim().slice(0, 120);
  }
};
const get = (url) =>
  new Promise((resolve, reject) => {
    (url.startsWith('https') ? https : http)
      .get(url, (answer) => answer.resume().on('end', () => resolve(answer.statusCode)))
      .on('error', reject);
  });
const fetched = async (url) => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4000) });
  return `${answer.status} ${(await answer.text()).slice(0, 60)}`;
};

for (const url of JSON.parse(process.env.URLS)) {
  await tell(`fetch ${url}`, () => fetched(url));
  if (url.endsWith('/x')) await tell(`node:http ${url}`, () => get(url));
}
console.log(JSON.stringify(told));
