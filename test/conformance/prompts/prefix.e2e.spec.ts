import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FieldStage, startField } from '../../field/field-stage.js';
import { at, items } from '../providers/sse.js';
import { WIRES } from '../providers/providers.fixture.js';

const TURNS = 50;
const SHARED_MIN = 0.95;
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** Every message comes a minute after the one before it. */
const CLOCK = `CREATE FUNCTION minutes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.created_at := now() + (SELECT count(*) FROM runs) * interval '1 minute'; RETURN new; END $$;
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
    let conversationId: string | undefined;
    for (let turn = 0; turn < TURNS; turn += 1) {
      field.say(`Reply ${String(turn)}: ${'a thought '.repeat(20)}`);
      const fields = { conversation_id: conversationId, ...(turn % 20 === 5 ? filesOf(turn) : {}) };
      ({ conversation_id: conversationId } = await field.ask(`Question ${String(turn)}: ${'what about it '.repeat(10)}`, fields));
    }
    const requests = field.replies().map(toText);
    const shared = requests.slice(1).map((request, index) => lengthShared(requests[index] ?? '', request) / (requests[index]?.length ?? 0));
    const least = Math.min(...shared);
    report.push(`${wire.type}: ${String(requests.at(-1)?.length)} bytes at the end; shared with the request before: least ${least.toFixed(4)}, mean ${(shared.reduce((sum, part) => sum + part, 0) / shared.length).toFixed(4)}`);
    expect(requests).toHaveLength(TURNS);
    expect(least).toBeGreaterThanOrEqual(SHARED_MIN);
    expect(field.refused).toEqual([]);
  });
});

afterAll(() => {
  process.stderr.write(`\nprompt prefix, ${String(TURNS)} turns\n${report.join('\n')}\n`);
});

function filesOf(turn: number): Readonly<Record<string, unknown>> {
  return { metadata: { attachments: [{ name: `notes-${String(turn)}.txt`, text: 'The code word is ZEBRA-42. '.repeat(20) }, { name: 'dot.png', url: `data:image/png;base64,${PIXEL}` }] } };
}

/** A body in the order in which caches look at it: tools, system, messages. Marks of a cache are no content. */
function toText(body: unknown): string {
  const parts = [at(body, 'tools'), at(body, 'system') ?? at(body, 'systemInstruction'), ...['messages', 'input', 'contents'].flatMap((key) => items(at(body, key)))];
  return parts.map((part) => JSON.stringify(part, (key, value: unknown) => (key === 'cache_control' ? undefined : value))).join('\n');
}

function lengthShared(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
