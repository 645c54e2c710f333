import { describe, expect, it } from '@jest/globals';
import type { Scope } from '@openclaw/words';
import { z } from 'zod';
import type { WorkerKernel, WorkerParts } from './feature.js';
import { defineTool, type Feature, mountWorker, type Tool, type ToolRun, Trust } from './index.js';

/** None of these features takes anything from it. */
const KERNEL = {} as WorkerKernel;

function tool(name: string, scope: Scope, aliases: readonly string[] = []): Tool {
  return defineTool({
    name,
    aliases,
    scope,
    description: name,
    input: z.strictObject({}),
    retry: 'safe',
    execute: () => Promise.resolve(name),
  });
}

function feature(name: string, parts: WorkerParts): Feature {
  return { name, worker: () => Promise.resolve(parts) };
}

function runOf(...scopes: Scope[]): ToolRun {
  const caller = { tokenId: 'tok_1', scopes, person: 'anna', sees: 'anna', requestId: 'req_1' };
  const ids = { runId: 'msg_01kb0000000000000000000000', conversationId: 'conv_01kb0000000000000000000000' } as const;
  return { caller, ...ids, channel: 'api', timeZone: 'UTC', seen: [], trust: new Trust(), show: () => undefined, give: () => undefined };
}

describe('mounting features in a worker', () => {
  it('a tool whose scope the token lacks is not there: no agent does what its caller may not', async () => {
    const { toolsFor } = await mountWorker(
      [
        feature('a', { tools: () => [tool('look', 'read'), tool('keep', 'memory')] }),
        { name: 'routes only' },
        feature('b', { tools: () => [tool('say', 'message')] }),
      ],
      KERNEL,
    );
    const offered = async (...scopes: Scope[]): Promise<string[]> =>
      (await toolsFor(runOf(...scopes))).map(({ definition }) => definition.name);
    expect(await offered('read', 'message', 'memory')).toEqual(['look', 'keep', 'say']);
    expect(await offered('message')).toEqual(['say']);
    expect(await offered('admin')).toEqual([]);
    expect(await offered()).toEqual([]);
  });

  it('tools are made for each run, and know it', async () => {
    const { toolsFor } = await mountWorker([feature('a', { tools: ({ caller }) => [tool(`of_${caller.person}`, 'message')] })], KERNEL);
    expect((await toolsFor(runOf('message')))[0]?.definition.name).toBe('of_anna');
  });

  it('what a tool says is somebody’s text unless the tool says otherwise: trust is lost with its first call', async () => {
    const own = { ...tool('time', 'message'), ownWords: true };
    const { toolsFor } = await mountWorker([feature('a', { tools: () => [own, tool('fetch', 'message')] })], KERNEL);
    const run = runOf('message');
    const [time, fetches] = await toolsFor(run);
    const call = { callId: 'call_1', idempotencyKey: 'key' };
    await time?.execute({}, call, new AbortController().signal);
    expect(run.trust.isLost).toBe(false);
    expect(await fetches?.execute({}, call, new AbortController().signal)).toBe('fetch');
    expect(run.trust.isLost).toBe(true);
  });

  it.each([
    ['one name', tool('say', 'message')],
    ['a name that is the alias of another', tool('speak', 'message', ['say'])],
  ])('two tools of %s are refused', async (_what, other) => {
    const { toolsFor } = await mountWorker(
      [feature('a', { tools: () => [tool('say', 'message')] }), feature('b', { tools: () => [other] })],
      KERNEL,
    );
    await expect(toolsFor(runOf('message'))).rejects.toThrow('two tools are called say');
  });

  it('what comes after a reply is asked of every feature', async () => {
    const asked: string[] = [];
    const after = (name: string): WorkerParts => ({ afterReply: ({ conversationId }) => (asked.push(`${name} ${conversationId}`), []) });
    const { afterReply } = await mountWorker([feature('a', after('a')), feature('b', {}), feature('c', after('c'))], KERNEL);
    const { caller, conversationId } = runOf('message');
    expect(afterReply({ caller, conversationId, thread: [1], covered: 0, hasEarlier: false })).toEqual([]);
    expect(asked).toEqual([`a ${conversationId}`, `c ${conversationId}`]);
  });
});
