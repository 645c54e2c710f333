import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { localSkillRunner } from '../support/local-skill-runner.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

const FOLDER = new URL('../../skills/', import.meta.url);
const NAMES = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const OPEN_METEO = fileURLToPath(new URL('../support/open-meteo.mjs', import.meta.url));

const PAGE = `<!doctype html><html><head><title>Tea  &amp; more</title><style>p{}</style></head><body><nav><a href="/menu">Menu</a></nav>
<main><h1>Tea</h1><p>Warm the <a href="/pot">pot</a> first.</p><ul><li>One</li><li>Two</li></ul><script>alert(1)</script></main></body></html>`;

describe('the skills that come with this version', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  let web: Server;
  let page: string;

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    // The weather is asked of the answers that Open-Meteo's documentation shows: tests reach no network.
    await system.startWorker(undefined, localSkillRunner({ NODE_OPTIONS: `--import=${OPEN_METEO}` }));
    web = createServer((req, res) => {
      if (req.url === '/') res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
      else if (req.url === '/plain') res.writeHead(200, { 'content-type': 'text/plain' }).end('just text');
      else if (req.url === '/image') res.writeHead(200, { 'content-type': 'image/png' }).end('x');
      else res.writeHead(404).end();
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    page = `http://127.0.0.1:${String((web.address() as AddressInfo).port)}`; // a TCP server's address is an object
    for (const name of NAMES) {
      const made = await gateway.request('/api/v1/skills/install', { method: 'POST', json: { name } });
      expect([name, made.status]).toEqual([name, 201]);
    }
  });
  afterAll(async () => {
    await new Promise((resolve) => web.close(resolve));
    await system.close();
  });

  /** What the agent is given when it calls a skill. */
  async function use(name: string, input: object): Promise<string> {
    const response = await gateway.request('/api/v1/message', {
      method: 'POST',
      json: { channel: 'api', message: `/skill ${name} ${JSON.stringify(input)}` },
    });
    const { content } = (await response.json()) as { content: string }; // the whole reply
    return content;
  }

  it('are all listed, installed by name with the digest of their registry, active, and without signs of attacks', async () => {
    const index = JSON.parse(readFileSync(new URL('index.json', FOLDER), 'utf8')) as { skills: { name: string; digest: string }[] }; // of our own making
    expect(index.skills.map(({ name }) => name)).toEqual(NAMES);
    const { skills } = (await (await gateway.request('/api/v1/skills')).json()) as {
      skills: { name: string; digest: string; status: string }[];
    }; // of the reply's schema
    expect(skills.map(({ name, digest, status }) => ({ name, digest, status }))).toEqual(
      index.skills.map(({ name, digest }) => ({ name, digest, status: 'active' })),
    );
    for (const name of NAMES) {
      const again = await gateway.request('/api/v1/skills/install', { method: 'POST', json: { name } });
      expect(await again.json()).toMatchObject({ findings: [] });
    }
  });

  it.each([
    ['2*(3+4)', '"result":14'],
    ['15% of 80', '"result":12'],
    ['0.1+0.2', '"result":0.3'],
    ['-2^2', '"result":-4'],
    ['2^3^2', '"result":512'],
    ['7 % 3 + 50%', '"result":1.5'],
    ['round(7/3, 2) + max(1, 2)', '"result":4.33'],
    ['5! * sin(30 deg)', '"result":60'],
    ['1/0', 'nothing can be divided by 0'],
    ['2+', 'it ends too early'],
    ['process.exit(0)', 'what is'],
    ['('.repeat(900), 'too many brackets'],
  ])('calculator: %j is %s', async (expression, expected) => {
    expect(await use('calculator', { expression })).toContain(expected);
  });

  it.each([
    [1, 'miles', 'km', '"result":1.609344'],
    [100, '°F', 'C', '"result":37.777'],
    [12, 'inches', 'feet', '"result":1,'],
    [1, 'GiB', 'MB', '"result":1073.741824'],
    [3, 'kg', 'm', 'cannot be made into'],
  ])('calculator: %d %s in %s is %s', async (value, from, to, expected) => {
    expect(await use('calculator', { value, from, to })).toContain(expected);
  });

  it.each([
    [{ date: '2026-01-31', months: 1 }, '"date":"2026-02-28","weekday":"Saturday"'],
    [{ date: '2024-02-29', years: 1 }, '"date":"2025-02-28"'],
    [{ date: '2026-11-30', until: '2026-12-25' }, '"days":25,"weeks":3,"workdays":19'],
    [{ date: '2026-12-25', until: '2026-11-30' }, '"days":-25'],
    [{ date: '2026-11-27', workdays: 1 }, '"date":"2026-11-30","weekday":"Monday"'],
    [{ date: '2027-01-01' }, '"iso_week":"2026-W53","day_of_year":1'],
    [{ date: '2026-02-30' }, 'is no date'],
  ])('date-arithmetic: %j gives %s', async (input, expected) => {
    expect(await use('date-arithmetic', input)).toContain(expected);
  });

  it.each([
    [{ before: 'a\nb\nc\n', after: 'a\nB\nc\nd\n' }, '"added":2,"removed":1,"diff":"@@ -1,3 +1,4 @@\\n a\\n-b\\n+B\\n c\\n+d"'],
    [{ before: 'same\n', after: 'same' }, '"added":0,"removed":0,"diff":""'],
    [{ before: 'a  b', after: 'a b', ignore_white_space: true }, '"diff":""'],
    [{ before: '', after: 'x' }, '@@ -0,0 +1,1 @@\\n+x'],
  ])('text-diff: %j gives %s', async (input, expected) => {
    expect(await use('text-diff', input)).toContain(expected);
  });

  it.each([
    ['name;price\nTea;1,50\nCoffee;2,50\nTea;\n', '"type": "number", "other": 0, "min": 1.5, "max": 2.5, "sum": 4, "mean": 2'],
    ['day,n\n2026-01-02,"1,000"\n2026-01-01,2\n', '"type": "date", "first": "2026-01-01", "last": "2026-01-02"'],
    ['a,b\n1\n1,2,3\n', '"uneven_rows": 2'],
    ['\uFEFFa\tb\nx\ty\n', '"separator": "\\t"'],
    ['', 'the table is empty'],
  ])('csv-summary: %j gives %s', async (csv, expected) => {
    expect(await use('csv-summary', { csv })).toContain(expected);
  });

  it('weather: the place that was meant, now and the days to come', async () => {
    const told = await use('weather', { place: 'Paris, France', days: 2 });
    expect(told).toContain('"place":"Paris, Île-de-France, France"');
    expect(told).toContain('"now":{"time":"2026-11-30T12:00","weather":"light rain","temperature":9.4');
    expect(told).toContain('{"date":"2026-12-01","weather":"overcast","high":10.2,"low":4.8');
    expect(await use('weather', { place: 'Paris, Atlantis' })).toContain(
      'there is Paris, Île-de-France, France; Paris, Texas, United States',
    );
    expect(await use('weather', { place: 'Nowhere' })).toContain('there is no place named Nowhere');
  });

  it('page-to-text: title, text and links of a page; what is none is told', async () => {
    const told = await use('page-to-text', { url: `${page}/` });
    expect(told).toContain('"title": "Tea & more", "text": "Tea\\nWarm the pot first.\\n- One\\n- Two"');
    expect(told).toContain(`"links": ["${page}/pot"]`);
    expect(await use('page-to-text', { url: `${page}/plain` })).toContain('just text');
    expect(await use('page-to-text', { url: `${page}/image` })).toContain('that is image/png, no page');
    expect(await use('page-to-text', { url: `${page}/nothing` })).toContain('status 404');
    expect(await use('page-to-text', { url: 'file:///etc/passwd' })).toContain('http or https, please');
  });

  it('those of instructions alone are opened', async () => {
    expect(await use('proofread', {})).toContain('Correct what is wrong, and nothing else.');
    expect(await use('decision-memo', {})).toContain('one sentence that can be answered');
  });
});
