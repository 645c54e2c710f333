import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { countTokens } from '@openclaw/context';
import { type ConversationId, isTerminal } from '@openclaw/words';
import type { ModelClient, ModelEvent, ModelMessage, ModelRequest } from '@openclaw/language-model';
import { GATEWAY } from '../support/callers.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

const TURNS = 2000;
const WINDOWS = [4096, 16_384] as const;
const FILLER = 'Today I thought about the garden, the weather, a book on bridges and what to cook. '.repeat(4);

/** Two models by turns, one with a small window and one with a larger one; it knows nothing but what it is sent. */
class RememberingModel implements ModelClient {
  readonly provider = 'test';
  readonly model = 'alternating';
  readonly contextTokens = WINDOWS[0];
  readonly overflows: string[] = [];
  #turn = 0;

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    signal.throwIfAborted();
    this.#turn += 1;
    const window = WINDOWS[this.#turn % 2 === 0 ? 0 : 1];
    const messages = request.fit?.(request.messages, window) ?? request.messages;
    const input = messages.reduce((total, message) => total + countTokens(textOf(message)), 0);
    if (input > window * 0.9) this.overflows.push(`turn ${String(this.#turn)}: ${String(input)} of ${String(window)}`);
    const seen = messages.map(textOf).join('\n');
    const name = /cat is called (\w+)/.exec(seen)?.[1];
    yield { type: 'text', text: seen.endsWith('my cat called?') ? `It is called ${name ?? 'unknown'}.` : 'I see.' };
    yield { type: 'finish', reason: 'stop', usage: { input, output: 4 }, provider: this.provider, model: this.model, costUsd: null };
  }
}

function textOf(message: ModelMessage): string {
  if (message.role !== 'user') return message.text;
  const said = message.parts.map((part) => (part.type === 'text' ? part.text : ''));
  return [message.finds ?? '', message.note ?? '', ...said].join('\n');
}

function heapMegabytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('no garbage collector to call');
  Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed / 1_048_576;
}

describe('a conversation of 2,000 turns', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new RememberingModel();

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker(model);
  });
  afterAll(() => system.close());

  async function say(content: string, conversationId?: ConversationId): Promise<{ conversationId: ConversationId; content: string }> {
    const run = await gateway.gateway.services.messages.accept(GATEWAY, {
      channel: 'api',
      content,
      metadata: {},
      conversationId,
      include: [],
      onBusy: 'queue',
    });
    for await (const event of gateway.gateway.follower.follow(GATEWAY, run.runId, {
      afterSeq: 0,
      fresh: true,
      signal: AbortSignal.timeout(20_000),
    })) {
      if (event.type === 'end') return { conversationId: run.conversationId, content: event.content };
      if (isTerminal(event)) throw new Error(JSON.stringify(event));
    }
    throw new Error('no answer');
  }

  it('never overflows a window, keeps memory flat, and still knows what the first turn said', async () => {
    const { conversationId } = await say('My cat is called Minka and she likes tuna.');
    let early = 0;
    for (let turn = 2; turn < TURNS; turn += 1) {
      await say(`Note ${String(turn)}: ${FILLER}`, conversationId);
      if (turn === 400) early = heapMegabytes();
    }
    const late = heapMegabytes();
    const answer = await say('What is my cat called?', conversationId);
    expect(model.overflows).toEqual([]);
    expect(late - early).toBeLessThan(25);
    expect(answer.content).toBe('It is called Minka.');
    const [row] = await system.services.sql<{ summary: string }>('SELECT summary FROM conversations');
    expect(row?.summary.length).toBeGreaterThan(0);
  }, 480_000);
});
