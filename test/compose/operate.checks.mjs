/** What whoever runs the stack does over the API and by `openclaw`: the configuration, and the trail of what changed it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, until } from './stack.mjs';

const CONFIG = '/api/v1/config';
const HIDDEN = '***REDACTED***';
const PUT_BACK = 'TRUNCATE audit_entries; INSERT INTO audit_entries SELECT * FROM audit_saved';

async function change(stack, patch, headers = {}) {
  const { status, body } = await stack.call('PUT', CONFIG, { body: patch, headers });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** The gateway keeps the end of the trail in its volume, a second later. */
function endIsKept(stack, hash) {
  const kept = async () => (await stack.exec('gateway', 'cat', '/var/lib/openclaw/audit-head.json')).includes(hash);
  return until('the end of the trail is kept', kept, { withinMs: 5000 });
}

export const operate = [
  check('GET and PUT /config: a change is in force on the gateway and every worker within two seconds', async (stack) => {
    const { headers, body } = await stack.call('GET', CONFIG);
    assert.equal(body.gateway.auth.token === '' || body.gateway.auth.token === HIDDEN, true);
    assert.doesNotMatch(JSON.stringify(body), new RegExp(stack.token));
    const { revision, restart_required } = await change(stack, { agent: { max_turns: 9 } }, { 'if-match': headers.get('etag') });
    assert.equal(restart_required, false);
    const { ms } = await until(
      'every process has it',
      async () => {
        const { body: status } = await stack.call('GET', '/api/v1/status');
        return [...status.gateways, ...status.workers].every((process) => process.revision === revision);
      },
      { withinMs: 5000 },
    );
    assert.equal(
      (await stack.call('PUT', CONFIG, { body: { agent: { max_turns: 10 } }, headers: { 'if-match': headers.get('etag') } })).status,
      409,
    );
    return `${Math.round(ms)} ms`;
  }),

  check('a provider that is configured over the API reaches the worker, and is not at the gateway’s to give away', async (stack) => {
    const { config } = await change(stack, {
      providers: {
        secondary: { type: 'openai-compatible', model: 'm', base_url: 'http://127.0.0.1:9/v1', api_key: 'compose-check-key-1' },
      },
    });
    assert.equal(config.providers.secondary.api_key, HIDDEN);
    const moved = await stack.call('PUT', CONFIG, {
      body: { providers: { secondary: { base_url: 'http://elsewhere.example/v1', api_key: HIDDEN } } },
    });
    assert.deepEqual([moved.status, moved.body.details.issues[0].path], [400, 'providers.secondary.api_key']);
    const { body } = await stack.call('GET', `${CONFIG}/revisions?limit=1`);
    assert.equal(body.revisions[0].actor.token_id, 'gateway');
    assert.doesNotMatch(JSON.stringify(body), /compose-check-key/);
  }),

  check('a change that nobody suffers from stands after 15 s; one of a provider that is away is unverified', async (stack) => {
    const { answer } = await until(
      'nothing is watched any more',
      async () => {
        const { revisions } = (await stack.call('GET', `${CONFIG}/revisions?limit=2`)).body;
        return revisions.every(({ status }) => status !== 'watched') && revisions;
      },
      { withinMs: 60_000, everyMs: 500 },
    );
    assert.deepEqual(
      answer.map(({ status }) => status),
      ['unverified', 'confirmed'],
    );
  }),

  check(
    'POST /config/revisions/0/restore takes all of it back',
    async (stack) => {
      const { status, body } = await stack.call('POST', `${CONFIG}/revisions/0/restore`);
      assert.equal(status, 200);
      assert.equal(body.config.providers.secondary, undefined);
    },
    { always: true },
  ),

  check('GET /audit and openclaw audit verify: the trail is whole, and its end is kept in the gateway’s volume', async (stack) => {
    const { body } = await stack.call('GET', '/api/v1/audit?limit=3');
    assert.deepEqual(
      body.entries.map(({ action }) => action),
      ['config.restored', 'config.changed', 'config.changed'],
    );
    await endIsKept(stack, body.head.hash);
    assert.match(await stack.exec('gateway', 'openclaw', 'audit', 'verify'), /^ok: \d+ entries/);
  }),

  check('openclaw audit verify names an entry that the owner of the database changed, and one that he took out', async (stack) => {
    await asOwner(stack, 'CREATE TABLE audit_saved AS SELECT * FROM audit_entries');
    try {
      await asOwner(
        stack,
        "UPDATE audit_entries SET entry = replace(entry, 'config.changed', 'config.praised') WHERE seq = (SELECT min(seq) FROM audit_entries WHERE entry LIKE '%config.changed%')",
      );
      await assert.rejects(stack.exec('gateway', 'openclaw', 'audit', 'verify'), /entry \d+ was changed/);
      await asOwner(stack, `${PUT_BACK}; DELETE FROM audit_entries WHERE seq > 1`);
      await assert.rejects(stack.exec('gateway', 'openclaw', 'audit', 'verify'), /entry 2 is missing/);
    } finally {
      await asOwner(stack, `${PUT_BACK}; DROP TABLE audit_saved`);
    }
    assert.match(await stack.exec('gateway', 'openclaw', 'audit', 'verify'), /^ok/);
  }),

  check('openclaw send and status: a shell in the container needs to say nothing of address and token', async (stack) => {
    assert.match(await stack.exec('gateway', 'openclaw', 'send', 'hello from the shell'), /hello from the shell/);
    assert.equal(JSON.parse(await stack.exec('gateway', 'openclaw', 'status', '--json')).status, 'ok');
  }),

  check('openclaw backup, verify, restore: a conversation that was deleted meanwhile is back', async (stack) => {
    const { body: reply } = await stack.say('to be kept in a backup');
    const text = await stack.exec('gateway', 'sh', '-c', 'openclaw backup | base64');
    const file = join(stack.folder, 'openclaw.backup');
    writeFileSync(file, Buffer.from(text, 'base64'), { mode: 0o644 });
    await stack.call('DELETE', `/api/v1/conversations/${reply.conversation_id}`);
    await endIsKept(stack, (await stack.call('GET', '/api/v1/audit?limit=1')).body.head.hash); // or there would be nothing to explain
    await stack.compose('stop', 'gateway', 'worker');
    const restore = [
      'run',
      '--rm',
      '--no-TTY',
      '--no-deps',
      '--volume',
      `${stack.folder}:/backup:ro`,
      'migrate',
      'openclaw',
      'restore',
      '/backup/openclaw.backup',
    ];
    await assert.rejects(stack.compose(...restore), /--replace/);
    assert.match(await stack.compose(...restore, '--replace'), /^restored \d+ rows/m);
    await stack.up();
    const { status, body } = await stack.call('GET', `/api/v1/conversations/${reply.conversation_id}`);
    assert.deepEqual([status, body.messages?.[0]?.content], [200, 'to be kept in a backup']);
    await stack.exec('gateway', 'openclaw', 'audit', 'restored');
    assert.match(await stack.exec('gateway', 'openclaw', 'audit', 'verify'), /^ok/);
  }),

  check('the application’s role may add to the trail and change nothing of it', async (stack) => {
    for (const sql of ["UPDATE audit_entries SET entry = ''", 'DELETE FROM audit_entries', 'TRUNCATE audit_entries']) {
      await assert.rejects(asRole(stack, 'openclaw', '/run/openclaw/postgres/password', sql), /permission denied/);
    }
  }),
];

function asOwner(stack, sql) {
  return asRole(stack, 'openclaw_owner', '/run/openclaw/owner/password', sql);
}

function asRole(stack, role, passwordFile, sql) {
  const script = 'PGPASSWORD=$(cat "$2") exec psql -v ON_ERROR_STOP=1 -h 127.0.0.1 -U "$1" -d openclaw -Atc "$3"';
  return stack.exec('postgres', 'sh', '-c', script, '_', role, passwordFile, sql);
}
