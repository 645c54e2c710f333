import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expectStatus } from '../support/api.js';
import { DirectedModel, gate } from '../support/directed-model.js';
import { ANNA, type BotMessage, startTelegramServer, type TelegramServer } from '../support/telegram-server.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const GROUP = { id: -777, type: 'supergroup', title: 'Family' };
const BEN = { id: 2002, is_bot: false, first_name: 'Ben' };
const OUR_NAME = [{ type: 'mention', offset: 0, length: 7 }];
const PATIENCE_MS = 30_000;

describe('telegram', () => {
  let telegram: TelegramServer;
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new DirectedModel();

  const request = async (path: string, init: object = {}, status = 200): Promise<Record<string, unknown>> =>
    (await expectStatus(await gateway.request(`/api/v1${path}`, init), status)) as Record<string, unknown>; // checked by the route's schema
  const statusIs = (status: string): Promise<Record<string, unknown>> =>
    until(
      `telegram to be ${status}`,
      async () => {
        const now = await request('/channels/telegram/status');
        return now['status'] === status && now;
      },
      PATIENCE_MS,
    );
  const change = (settings: object): Promise<unknown> => request('/config', { method: 'PUT', json: { channels: { telegram: settings } } });
  const said = (text: string | RegExp, chat = ANNA.id): Promise<BotMessage> =>
    until(
      `"${String(text)}" in ${String(chat)}`,
      () => telegram.messages.find((each) => each.chat === chat && (typeof text === 'string' ? each.text === text : text.test(each.text))),
      PATIENCE_MS,
    );
  const asked = (text: string): number => model.requests.filter(({ messages }) => JSON.stringify(messages.at(-1)).includes(text)).length;
  const letIn = async (sender: { id: number }, person?: string): Promise<void> => {
    telegram.says('let me in', { from: sender, chat: { id: sender.id, type: 'private' } });
    const { text } = await said(/code/, sender.id);
    const code = text.slice(-8);
    await request(`/channels/telegram/pairings/${code}/approve`, { method: 'POST', json: person === undefined ? {} : { person } });
    await said(/You are in/, sender.id);
  };

  beforeAll(async () => {
    telegram = await startTelegramServer();
    system = await createTestSystem({ OPENCLAW_AGENT__TITLES: 'extract' }); // the model is asked for replies alone
    gateway = await system.startGateway();
    await system.startWorker(model);
    await system.startChannels();
    await change({ enabled: true, token: telegram.token, url: telegram.url });
    await statusIs('connected');
  });
  afterAll(async () => {
    await system.close();
    await telegram.close();
  });

  it('status says who we are and that privacy mode keeps group messages away; the whole list of updates is asked for', async () => {
    expect(await statusIs('connected')).toMatchObject({
      details: { username: 'OurBot', can_read_all_group_messages: false, note: expect.stringContaining('/setprivacy') },
    });
    expect(telegram.calls.find(({ method }) => method === 'getUpdates')?.body).toMatchObject({ allowed_updates: ['message'] });
    expect(JSON.stringify(await request('/config'))).not.toContain(telegram.token);
  });

  it('an unknown sender reaches nothing but the sentence with a code: no run, no memory, no model call', async () => {
    telegram.says('MY-SECRET-WORD for you');
    const { text, chat } = await said(/code/);
    expect(chat).toBe(ANNA.id);
    const code = text.slice(-8);
    expect(code).toMatch(/^[A-HJ-NP-Z2-9]{8}$/);
    telegram.says('hello? are you there');
    telegram.says('a machine', { from: { ...BEN, is_bot: true } });
    await until(
      'all updates to be read',
      async () =>
        Number(
          (await system.services.sql<{ cursor: string }>(`SELECT cursor FROM channel_states WHERE channel = 'telegram'`))[0]?.cursor,
        ) ===
        telegram.push({}) - 1,
      PATIENCE_MS,
    );
    expect(await request('/channels/telegram/pairings')).toMatchObject({
      total: 1,
      pairings: [{ code, sender: '1001', name: 'Anna', status: 'pending', person: null }],
    });
    expect(telegram.messages).toHaveLength(1);
    expect(model.requests).toHaveLength(0);
    for (const table of ['runs', 'messages', 'memory_entries', 'channel_messages'])
      expect(await system.services.sql(`SELECT 1 FROM ${table}`)).toEqual([]);
    expect(JSON.stringify(await system.services.sql('SELECT * FROM channel_pairings'))).not.toContain('SECRET');
    await request(`/channels/telegram/pairings/${code.toLowerCase()}/approve`, { method: 'POST', json: { person: 'owner' } });
    await said(/You are in/);
    await expectStatus(await gateway.request(`/api/v1/channels/telegram/pairings/${code}/approve`, { method: 'POST', json: {} }), 404);
    expect(await request('/audit')).toMatchObject({
      entries: expect.arrayContaining([expect.objectContaining({ action: 'pairing.approved', target: 'telegram:1001' })]),
    });
  });

  it('who is let in is answered in the chat, as an answer to the message, once, in one conversation', async () => {
    const id = telegram.says('one');
    expect(await said('echo: one')).toMatchObject({ replyTo: id });
    telegram.says('two');
    await said('echo: two');
    expect(await request('/conversations?channel=telegram')).toMatchObject({
      total: 1,
      conversations: [{ person: 'owner', message_count: 4 }],
    });
    telegram.push({
      message: { message_id: id, from: ANNA, chat: { id: ANNA.id, type: 'private' }, date: Math.floor(Date.now() / 1000), text: 'one' },
    }); // the same again
    telegram.push({ message: 'nothing that Telegram documents' });
    telegram.says('three');
    await said('echo: three');
    expect(asked('"one"')).toBe(1);
  });

  it('a guest’s request to the model holds nothing of what the owner told', async () => {
    telegram.says('Remember: the safe opens with TULIP-7731');
    await said(/echo: Remember/);
    await letIn(BEN);
    telegram.says('What opens the safe? Tell me all about the safe', { from: BEN, chat: { id: BEN.id, type: 'private' } });
    await said(/echo: What opens/, BEN.id);
    const ofBen = model.requests.filter(({ messages }) => JSON.stringify(messages).includes('What opens the safe'));
    expect(ofBen).toHaveLength(1);
    expect(JSON.stringify(ofBen)).not.toContain('TULIP');
    expect(await request('/conversations?person=telegram:2002')).toMatchObject({ total: 1 });
  });

  it('B8: in a group entities decide what is said to us; the group is a person of its own', async () => {
    const inGroup = { chat: GROUP };
    telegram.says('@ourbotx hi', { ...inGroup, entities: [{ type: 'mention', offset: 0, length: 8 }] });
    telegram.says('/start@otherbot', { ...inGroup, entities: [{ type: 'bot_command', offset: 0, length: 15 }] });
    telegram.says('`@OurBot` in code', { ...inGroup, entities: [{ type: 'code', offset: 0, length: 8 }] });
    telegram.says('an answer to Ben', {
      ...inGroup,
      reply_to_message: { message_id: 1, from: BEN, chat: GROUP, date: 0, text: '@OurBot' },
    });
    telegram.says('@OURBOT who is who?', { ...inGroup, entities: OUR_NAME });
    await said('echo: who is who?', GROUP.id);
    telegram.says('hey Claw', {
      ...inGroup,
      entities: [{ type: 'text_mention', offset: 4, length: 4, user: { id: 4242, is_bot: true, first_name: 'Claw' } }],
    });
    await said('echo: hey Claw', GROUP.id);
    expect(telegram.messages.filter(({ chat }) => chat === GROUP.id)).toHaveLength(2);
    expect(await request('/conversations?person=telegram:group:-777')).toMatchObject({ total: 1 });
  });

  it('B10, A6: strangers, anonymous administrators and linked channels in a group are listed as the group and hear nothing', async () => {
    const other = { id: -888, type: 'supergroup', title: 'Strangers' };
    const before = telegram.messages.length;
    telegram.says('@OurBot let me in', { chat: other, from: { id: 3003, is_bot: false, first_name: 'Cy' }, entities: OUR_NAME });
    telegram.says('@OurBot I am the boss', {
      chat: other,
      from: { id: 1087968824, is_bot: true, first_name: 'Group' },
      sender_chat: { id: -888, title: 'Strangers' },
      entities: OUR_NAME,
    });
    await until(
      'the group to be listed',
      async () => JSON.stringify(await request('/channels/telegram/pairings')).includes('group:-888'),
      PATIENCE_MS,
    );
    expect(telegram.messages).toHaveLength(before);
    const { pairings } = (await request('/channels/telegram/pairings')) as {
      pairings: { code: string; sender: string; name: string | null }[];
    }; // checked by the route's schema
    expect(pairings).toHaveLength(1);
    await request(`/channels/telegram/pairings/${pairings[0]?.code ?? ''}/approve`, { method: 'POST', json: {} });
    telegram.says('@OurBot now?', { chat: other, from: { id: 3003, is_bot: false, first_name: 'Cy' }, entities: OUR_NAME });
    await said('echo: now?', other.id);
    expect(
      await system.services.sql(`SELECT provenance FROM memory_entries WHERE person = 'telegram:group:-888' AND body = 'now?'`),
    ).toEqual([{ provenance: 'untrusted' }]);
  });

  it('B11: a topic is a conversation, answered there; where it is gone, without it', async () => {
    telegram.says('@OurBot in 42', { chat: GROUP, is_topic_message: true, message_thread_id: 42, entities: OUR_NAME });
    expect(await said('echo: in 42', GROUP.id)).toMatchObject({ thread: 42 });
    telegram.answerWith('sendMessage', { status: 400, description: 'Bad Request: message thread not found' });
    telegram.says('@OurBot in 43', { chat: GROUP, is_topic_message: true, message_thread_id: 43, entities: OUR_NAME });
    expect(await said('echo: in 43', GROUP.id)).toMatchObject({ thread: null });
    expect(await request('/conversations?person=telegram:group:-777')).toMatchObject({ total: 3 });
  });

  it('B13: what somebody else said and is quoted goes along, marked, and is no word of the owner’s', async () => {
    telegram.says('and this?', {
      reply_to_message: { message_id: 7, from: BEN, chat: { id: ANNA.id, type: 'private' }, date: 0, text: 'The roof leaks.' },
    });
    await said(/echo: > The roof leaks\.\n\nand this\?/);
    const kept = await system.services.sql(`SELECT provenance FROM memory_entries WHERE body LIKE '> The roof leaks.%and this?'`);
    expect(kept).toEqual([{ provenance: 'untrusted' }]);
  });

  it('a file that the agent makes is named, since the chat cannot have it', async () => {
    model.on('make a plan', [{ call: 'make_file', arguments: { name: 'plan.md', content: '# Plan\n' } }], ['Here it is.']);
    telegram.says('make a plan');
    await said(/^Here it is\.\n\n\(With it: plan\.md\./);
  });

  it('A4: pieces that a client cut are one message', async () => {
    telegram.says('x'.repeat(4096));
    telegram.says('y'.repeat(4096));
    telegram.says('the end');
    await said(/the end$/);
    expect(asked('the end')).toBe(1);
    expect(JSON.stringify(model.requests.at(-1)?.messages.at(-1))).toContain(`${'x'.repeat(10)}${'y'.repeat(10)}`);
  });

  it('B3: a long reply is cut into whole pieces; a piece that is refused goes as plain text', async () => {
    model.on('long', [`${'👍'.repeat(2049)}\n\n\`\`\`ts\n${'const a = 1;\n'.repeat(500)}\`\`\`\n\n**closing words**`]);
    telegram.says('long');
    await said(/closing words$/);
    const pieces = telegram.messages.filter(({ source }) => source.includes('👍') || source.includes('const a'));
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.every(({ text }) => text.length <= 4096 && text.isWellFormed())).toBe(true);
    telegram.answerWith('sendMessage', { status: 400, description: "Bad Request: can't parse entities: unsupported start tag" });
    model.on('odd', ['**bold** & <odd>']);
    telegram.says('odd');
    expect(await said('bold & <odd>')).toMatchObject({ source: 'bold & <odd>' });
  });

  it('B12: a reply is shown in drafts while it is made, and is a message of its own at the end', async () => {
    const more = gate();
    model.on('slow', ['first words', more.step, ' and the rest']);
    telegram.says('slow');
    await until(
      'a draft',
      () => telegram.calls.find(({ method, body }) => method === 'sendMessageDraft' && body['text'] === 'first words'),
      PATIENCE_MS,
    );
    more.open();
    expect(await said('first words and the rest')).toMatchObject({ edits: 0 });
    expect(telegram.calls.filter(({ method, body }) => method === 'sendMessageDraft' && body['draft_id'] === 0)).toEqual([]);
  });

  it('B12, B4: where drafts are refused a message grows and becomes the reply; the same text again is no failure', async () => {
    telegram.answerWith('sendMessageDraft', { status: 400, description: 'Bad Request: method is not available' });
    const [more, most] = [gate(), gate()];
    model.on('edited', ['one', more.step, ' two', most.step, ' three']);
    telegram.says('edited');
    await until(
      'a draft that is refused',
      () => telegram.calls.find(({ method, status }) => method === 'sendMessageDraft' && status === 400),
      PATIENCE_MS,
    );
    more.open();
    const shown = await said('one two');
    most.open();
    const whole = await said('one two three');
    expect(whole.id).toBe(shown.id);
    expect(telegram.messages.filter(({ text }) => text.startsWith('one two'))).toHaveLength(1);
  });

  it('B4: retry_after is kept whole, and the reply comes once after it', async () => {
    const before = telegram.calls.filter(({ method }) => method === 'sendMessage').length;
    telegram.answerWith('sendMessage', { status: 429, description: 'Too Many Requests: retry after 2', parameters: { retry_after: 2 } });
    const startedAt = performance.now();
    telegram.says('flooded');
    await said('echo: flooded');
    expect(performance.now() - startedAt).toBeGreaterThan(2000);
    expect(telegram.calls.filter(({ method }) => method === 'sendMessage').length).toBe(before + 2);
  });

  it('B5: a group that becomes a supergroup keeps its conversation and its person, and the reply goes once to the new id', async () => {
    telegram.answerWith('sendMessage', {
      status: 400,
      description: 'Bad Request: group chat was upgraded to a supergroup chat',
      parameters: { migrate_to_chat_id: -100777 },
    });
    telegram.says('@OurBot before', { chat: GROUP, entities: OUR_NAME });
    await said('echo: before', -100777);
    telegram.push({ message: { message_id: 1, chat: { id: -100777, type: 'supergroup' }, date: 0, migrate_from_chat_id: -777 } });
    telegram.says('@OurBot after', { chat: { id: -100777, type: 'supergroup' }, entities: OUR_NAME });
    await said('echo: after', -100777);
    expect(telegram.messages.filter(({ text }) => text === 'echo: before')).toHaveLength(1);
    const { conversations } = (await request('/conversations?person=telegram:group:-777')) as {
      conversations: { message_count: number }[];
    }; // checked by the route's schema
    expect(conversations).toHaveLength(3);
    expect(JSON.stringify(model.requests.at(-1)?.messages)).toContain('who is who?');
  });

  it('B6: a user who blocked the bot ends that delivery alone', async () => {
    telegram.answerWith('sendMessage', { status: 403, description: 'Forbidden: bot was blocked by the user' });
    telegram.says('blocked', { from: BEN, chat: { id: BEN.id, type: 'private' } });
    await until(
      'the delivery to be over',
      async () =>
        (await system.services.sql(`SELECT 1 FROM channel_deliveries WHERE status = 'failed' AND last_error LIKE '%blocked%'`)).length ===
        1,
      PATIENCE_MS,
    );
    telegram.says('back', { from: BEN, chat: { id: BEN.id, type: 'private' } });
    await said('echo: back', BEN.id);
  });

  it('A3: what waited longer than the age limit is not answered; the chat reads how much, and what is said next knows it', async () => {
    const old = { date: Math.floor(Date.now() / 1000) - 26 * 3600 };
    for (const text of ['OLD-ONE', 'OLD-TWO', 'OLD-THREE']) telegram.says(text, old);
    await said(/^3 messages came while I was away/);
    expect(asked('OLD-')).toBe(0);
    telegram.says('and now?');
    await said(/and now\?$/);
    expect(JSON.stringify(model.requests.at(-1)?.messages.at(-1))).toContain('OLD-TWO');
    expect(telegram.messages.filter(({ text }) => text.includes('while I was away'))).toHaveLength(1);
  });

  it('A11: a file is not swallowed: its sender reads that it cannot be opened, and the words with it are answered', async () => {
    telegram.push({
      message: {
        message_id: 60_001,
        from: ANNA,
        chat: { id: ANNA.id, type: 'private' },
        date: Math.floor(Date.now() / 1000),
        caption: 'what is this?',
        photo: [{}],
      },
    });
    await said(/^I cannot open the picture/);
    await said('echo: what is this?');
  });

  describe('when something is wrong', () => {
    beforeEach(async () => {
      await change({ enabled: false });
      await statusIs('disabled');
      await until(
        'the channel to be let go',
        async () => (await system.services.sql(`SELECT 1 FROM channel_states WHERE channel = 'telegram' AND holder IS NULL`)).length === 1,
        PATIENCE_MS,
      );
    });

    it('B1: a webhook that somebody set is taken away, with nothing that waits', async () => {
      telegram.answerWith('getUpdates', {
        status: 409,
        description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      });
      await change({ enabled: true });
      await statusIs('connected');
      expect(telegram.calls.find(({ method }) => method === 'deleteWebhook')?.body).toEqual({ drop_pending_updates: false });
    });

    it('B1: two pollers at once: last_error says so', async () => {
      telegram.answerWith('getUpdates', {
        status: 409,
        description: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      });
      await change({ enabled: true });
      const told = await until(
        'the trouble to be told',
        async () => {
          const now = await request('/channels/telegram/status');
          return /Another program asks Telegram/.test(String(now['last_error'])) && now;
        },
        PATIENCE_MS,
      );
      expect(told).toMatchObject({ status: 'connecting' });
    });

    it('a revoked token: last_error says what to do, and the next token heals it', async () => {
      telegram.setToken('4242:another-token');
      await change({ enabled: true });
      expect(await statusIs('error')).toMatchObject({ last_error: expect.stringContaining('@BotFather') });
      expect((await request('/status'))['channels']).toEqual({ connected: [], disconnected: ['telegram'] });
      await change({ token: telegram.token });
      await statusIs('connected');
      telegram.says('healed');
      await said('echo: healed');
    });
  });
});
