import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FieldStage, framesOf, startField } from '../../field/field-stage.js';
import { at, items } from '../providers/sse.js';
import { WIRES } from '../providers/providers.fixture.js';
import { streams } from '../providers/wire-server.fixture.js';

const TURNS = 50;
const SHARED_MIN = 0.95;
const RESTART = 30;
/** Turns that call a tool ask twice. */
const CALLS = 2;
const CALL = { call: { id: 'own_call', name: 'current_time', fragments: ['{}'] } };
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** Every message comes a minute after the one before it; midnight is behind the 25th. */
const CLOCK = `CREATE FUNCTION minutes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  new.created_at := date_trunc('day', now(), 'UTC') + interval '23:35' + (SELECT count(*) FROM runs) * interval '1 minute'; RETURN new; END $$;
CREATE TRIGGER minutes BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION minutes()`;
const report: string[] = [];

describe.each(WIRES.filter(({ type }) => type !== 'ollama'))('a conversation of 50 turns over the wire of $type', (wire) => {
  let field: FieldStage;

  beforeAll(async () => {
    field = await startField(wire);
    await field.system.services.sql(CLOCK);
  });
  afterAll(() => field.close());

  it('each request begins with what the one before it said, to the byte, and the marks of a cache lie on what stays', async () => {
    await field.ask('The garage code of my aunt is 4711, remember that.');
    const before = field.replies().length;
    let conversationId: string | undefined;
    for (let turn = 0; turn < TURNS; turn += 1) {
      if (turn === RESTART) await field.restartWorker();
      const reply = `Reply ${String(turn)}: ${'a thought '.repeat(20)}`;
      field.say(...(turn % 20 === 15 ? [streams(framesOf(wire, '', CALL)), reply] : [reply]));
      const fields = { conversation_id: conversationId, ...(turn % 20 === 5 ? filesOf(turn) : {}) };
      ({ conversation_id: conversationId } = await field.ask(
        turn % 20 === 10 ? 'What was the garage code of my aunt?' : `Question ${String(turn)}: ${'what about it '.repeat(10)}`,
        fields,
      ));
    }
    const requests = field.replies().slice(before).map(toText);
    const shared = requests.slice(1).map((request, index) => lengthShared(requests[index] ?? '', request) / (requests[index]?.length ?? 0));
    const least = Math.min(...shared);
    report.push(
      `${wire.type}: ${String(requests.at(-1)?.length)} bytes at the end; shared with the request before: least ${least.toFixed(4)}, mean ${(shared.reduce((sum, part) => sum + part, 0) / shared.length).toFixed(4)}`,
    );
    const all = requests.join('\n');
    for (const part of ['From memory', '4711', 'ZEBRA-42', '23:59', '00:01']) expect(all).toContain(part);
    expect(field.replies().filter((body) => wire.read(body).results.length > 0)).toHaveLength(CALLS);
    expect(requests).toHaveLength(TURNS + CALLS);
    expect(least).toBeGreaterThanOrEqual(SHARED_MIN);
    expect(field.refused).toEqual([]);
  }, 180_000);
});

afterAll(() => {
  process.stderr.write(`\nprompt prefix, ${String(TURNS)} turns\n${report.join('\n')}\n`);
});

function filesOf(turn: number): Readonly<Record<string, unknown>> {
  return {
    metadata: {
      attachments: [
        { name: `notes-${String(turn)}.txt`, text: 'The code word is ZEBRA-42. '.repeat(20) },
        { name: 'dot.png', url: `data:image/png;base64,${PIXEL}` },
      ],
    },
  };
}

/** A body in the order in which caches look at it: tools, system, messages. Marks of a cache are no content. */
function toText(body: unknown): string {
  const parts = [
    at(body, 'tools'),
    at(body, 'system') ?? at(body, 'systemInstruction'),
    ...['messages', 'input', 'contents'].flatMap((key) => items(at(body, key))),
  ];
  return parts.map((part) => JSON.stringify(part, (key, value: unknown) => (key === 'cache_control' ? undefined : value))).join('\n');
}

function lengthShared(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
