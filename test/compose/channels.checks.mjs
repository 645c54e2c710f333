/** Channels of the whole stack: listed, switched on and off live, heard and answered. */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { check, until } from './stack.mjs';

const KEY = randomBytes(32);
const statusOf = async (stack) => (await stack.call('GET', '/api/v1/channels/webhook/status')).body.status;
const change = (stack, webhook) => stack.call('PUT', '/api/v1/config', { body: { channels: { webhook } } });

export const channels = [
  check('GET /channels: every channel is listed, and PUT /config turns the webhook on and off live', async (stack) => {
    const { status, body } = await stack.call('GET', '/api/v1/channels');
    assert.deepEqual(
      [status, body.channels.map((each) => [each.type, each.status])],
      [
        200,
        [
          ['telegram', 'disabled'],
          ['webhook', 'disabled'],
        ],
      ],
    );
    assert.equal((await change(stack, { checked: { secret: `whsec_${KEY.toString('base64')}` } })).status, 200);
    await until('the webhook to be connected', async () => (await statusOf(stack)) === 'connected');
    const message = '{"message": "Is anybody there?"}';
    const [id, at] = ['evt_checked', String(Math.floor(Date.now() / 1000))];
    const signature = `v1,${createHmac('sha256', KEY).update(`${id}.${at}.${message}`).digest('base64')}`;
    const headers = { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature };
    const url = `http://127.0.0.1:${stack.port}/api/v1/channels/webhook/checked`;
    assert.equal((await fetch(url, { method: 'POST', headers, body: message })).status, 202);
    assert.equal((await fetch(url, { method: 'POST', headers, body: `${message} ` })).status, 401);
    await change(stack, { checked: null });
    await until('the webhook to be disabled', async () => (await statusOf(stack)) === 'disabled');
  }),
];
