import { describe, expect, it } from '@jest/globals';
import { OfflineModel } from '@openclaw/models';
import { z } from 'zod';
import { defineTool } from './define-tool.js';
import { runAgent } from './run-agent.js';

describe('offline smoke', () => {
  it('answers', async () => {
    const events: unknown[] = [];
    const outcome = await runAgent({
      run: { id: 'msg_1', attempt: 1 },
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'hello there' }] }],
      model: new OfflineModel(),
      tools: [defineTool({ name: 'recall', description: 'x', input: z.object({ query: z.string() }), retry: 'safe', execute: async ({ query }) => `nothing on ${query}` })],
      journal: { steps: [], recordStep: async () => {}, beginCall: async () => {}, endCall: async () => {} },
      emit: (e) => events.push(e),
      signal: new AbortController().signal,
      limits: { turnsMax: 5, runTimeoutMs: 1000, toolTimeoutMs: 100, toolResultCharacters: 1000, callsPerTurnMax: 8, turnCharactersMax: 1000000 },
    });
    console.log(JSON.stringify(outcome, null, 1), events.length);
    expect(outcome.status).toBe('completed');
  });
});
