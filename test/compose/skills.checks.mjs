/** Skills with code, in the whole stack: installed, called by the agent, run in a lane. What they may try is in test/skills. */
import assert from 'node:assert/strict';
import { check, until } from './stack.mjs';

const MANIFEST = `---
name: adder
version: 1.0.0
description: Adds two numbers.
runtime: python
entry: main.py
timeout: 10
parameters:
  type: object
  properties: { a: { type: number }, b: { type: number } }
  required: [a, b]
---
Both are numbers.
`;
const CODE = `import json, os, sys
given = json.load(sys.stdin)
print(json.dumps({'sum': given['a'] + given['b'], 'uid': os.getuid(), 'others': [name for name in os.listdir('/proc') if name.isdigit() and int(name) not in (1, os.getpid())]}))
`;
const sandboxOf = async (stack) => (await stack.call('GET', '/api/v1/status')).body.skills.sandbox;

export const skills = [
  check('lanes are there, and the status says what they run on', async (stack) => {
    const { answer } = await until('two lanes take calls', async () => {
      const sandbox = await sandboxOf(stack);
      return sandbox.lanes === 2 && sandbox;
    });
    assert.deepEqual([answer.runtime, answer.refused, answer.unbounded], ['runc', undefined, undefined]);
    return JSON.stringify(answer);
  }),

  check('a skill with code is installed, run in a lane, told in the reply, and counted', async (stack) => {
    const installed = await stack.call('POST', '/api/v1/skills/install', { body: { files: { 'SKILL.md': MANIFEST, 'main.py': CODE } } });
    assert.deepEqual([installed.status, installed.body.skill?.status], [201, 'active'], JSON.stringify(installed.body));
    const { body } = await stack.say('/skill adder {"a":2,"b":40}');
    assert.match(body.content, /"sum": 42, "uid": 10700, "others": \[\]/);
    assert.deepEqual(body.skills_used, ['adder']);
    const events = await stack.call('GET', `/api/v1/message/${body.id}/events`, { headers: { accept: 'text/event-stream' } });
    assert.match(events.body, /"type":"skill_call".*"skill":"adder"/);
    assert.match(events.body, /"type":"skill_result".*"status":"completed"/);
    assert.equal((await stack.call('GET', '/api/v1/skills/adder')).body.invocations, 1);
    assert.equal((await stack.call('DELETE', '/api/v1/skills/adder')).status, 204);
  }),

  check('without lanes no skill is run, and the status says why; with them again it is', async (stack) => {
    await stack.compose('stop', 'skill-runner');
    const { answer } = await until('the status says so', async () => {
      const { lanes, refused } = await sandboxOf(stack);
      return lanes === 0 && refused;
    });
    assert.match(answer, /no lane is connected/);
    await stack.up('--no-recreate');
    await until('they are back', async () => (await sandboxOf(stack)).lanes === 2);
  }),
];
