import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WIRES } from '../conformance/providers/providers.fixture.js';
import {
  neverAnswers,
  repliesJson,
  resetsAfter,
  stallsAfter,
  streams,
  type Behaviour,
} from '../conformance/providers/wire-server.fixture.js';
import { leave, MESSAGE, untilOver } from '../support/api.js';
import { until } from '../support/until.js';
import { framesOf, type FieldStage, startField } from './field-stage.js';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe.each(WIRES)('a conversation over the wire of $type', (wire) => {
  let field: FieldStage;

  beforeAll(async () => {
    field = await startField(wire, {
      OPENCLAW_PROVIDERS__BREAKER__FAILURES: '100',
      OPENCLAW_AGENT__STALL_TIMEOUT_MS: '400',
      OPENCLAW_AGENT__FIRST_TOKEN_TIMEOUT_MS: '400',
    });
  });
  afterAll(() => field.close());

  const frames = (text: string): string[] => framesOf(wire, text);
  const begun = (): string[] => frames('The beginning of a reply').slice(0, -2);
  const refusing = (status: number): Behaviour => repliesJson(status, wire.errorBody(status, 'not now'));

  /** The next message is answered, and nothing that was sent was refused. */
  async function goesOn(conversationId: string): Promise<void> {
    field.say('Going on.');
    expect((await field.ask('And now?', { conversation_id: conversationId })).content).toBe('Going on.');
    expect(field.refused).toEqual([]);
  }

  async function cancelled(behaviour: Behaviour, conversationId?: string): Promise<string> {
    const before = field.server.requests.length;
    field.say(behaviour);
    const { id, conversation_id } = await leave(field.gateway, 'Cancel this.', { conversation_id: conversationId });
    await until('the model is asked', () => field.server.requests.length > before);
    await field.gateway.request(`${MESSAGE}/${id}/cancel`, { method: 'POST' });
    expect((await untilOver(field.gateway, id)).status).toBe('cancelled');
    return conversation_id;
  }

  it('goes on after a message that was cancelled before its first word, and in the middle', async () => {
    const conversationId = await cancelled(neverAnswers);
    await goesOn(conversationId);
    await cancelled(stallsAfter(begun()), conversationId);
    await cancelled(neverAnswers, conversationId);
    await goesOn(conversationId);
  });

  it.each([
    ['a refusal', refusing(400)],
    ['an outage', refusing(503)],
    ['a limit', refusing(429)],
    ['a stream that breaks off', resetsAfter(framesOf(wire, 'half').slice(0, -3))],
    ['a stream that stalls', stallsAfter(framesOf(wire, 'half').slice(0, -3))],
    ['silence', neverAnswers],
  ])('goes on after %s', async (_name, behaviour) => {
    const { conversation_id } = await field.ask('Hello?');
    field.say(behaviour);
    await field.fail('This fails.', { conversation_id });
    await field.fail('And this.', { conversation_id });
    await goesOn(conversation_id);
  });

  it('goes on after replies in which nothing can be seen, and never stores one', async () => {
    const { conversation_id } = await field.ask('Hello?');
    for (const blank of [' \n', '\u200b', '\ufeff\t']) {
      field.say(blank);
      const { content } = await field.ask('Say nothing.', { conversation_id });
      expect(content).toBe('The model had nothing to say.');
    }
    await goesOn(conversation_id);
  });

  it('goes on after calls of tools that there are not, without sense, and without any text', async () => {
    const { conversation_id } = await field.ask('Hello?');
    const call = (id: string, name: string, ...fragments: string[]): { call: { id: string; name: string; fragments: string[] } } => ({
      call: { id, name, fragments },
    });
    field.say(
      streams(framesOf(wire, ' ', call('own_1', 'recall', '{"query":"\\ud83d x"}'), call('own_2', 'recall', '{}'))),
      streams(framesOf(wire, '', call('own_3', 'my tool!', '{}'), call('own_4', 'recall', '{"query":"\\u0000"}'))),
      'Done.',
    );
    expect((await field.ask('Use tools.', { conversation_id })).content.trim()).toBe('Done.');
    await goesOn(conversation_id);
  });

  it('goes on after files, edits, other answers, and everything together', async () => {
    field.say('I see a dot.');
    const attachments = [
      { name: 'notes.txt', text: ' \n' },
      { name: 'dot.png', url: `data:image/png;base64,${PIXEL}` },
      { name: 'broken.pdf', url: 'data:application/pdf;base64,JVBERi0=' },
    ];
    const first = await field.ask('What is this?', { metadata: { attachments } });
    const conversationId = first.conversation_id;
    await cancelled(neverAnswers, conversationId);
    field.say(refusing(400));
    await field.fail('This fails.', { conversation_id: conversationId });
    field.say(' ');
    await field.ask('Say nothing.', { conversation_id: conversationId });
    field.say('Another branch.');
    const edited = await field.ask('What is that?', { conversation_id: conversationId, parent_id: first.id });
    const again = await field.gateway.request(`${MESSAGE}/${edited.id}/regenerate`, { method: 'POST', json: {} });
    expect(again.status).toBe(200);
    await goesOn(conversationId);
  });
});
