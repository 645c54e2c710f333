import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { UserPart } from '@openclaw/language-model';
import { callTool, toolRun } from '../../../../test/support/call-tool.js';
import { type Asked, RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { AttachmentsStore } from './attachments.store.js';
import { ConversationFiles } from './conversation-files.js';
import { FilesStore } from './files.store.js';
import { readFile } from './read-file.tool.js';

describe('read_file', () => {
  let services: TestServices;
  let stage: RunStage;
  let files: ConversationFiles;
  let asked: Asked;
  const shown: UserPart[] = [];

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
    files = new ConversationFiles({ store: new AttachmentsStore(stage.database), uploads: new FilesStore(stage.database) });
    asked = await stage.ask('hello');
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });

  async function call(args: unknown, context = asked): Promise<string> {
    const run = toolRun(context, (part) => void shown.push(part));
    return callTool(readFile(run, files), args, run);
  }

  it('read_file: text piece by piece, a picture by showing it, the newest of a name; of this conversation alone', async () => {
    const store = new AttachmentsStore(stage.database);
    const later = await stage.ask('and this?', { conversationId: asked.conversationId });
    const text = (name: string, content: string): Parameters<typeof store.save>[1][number] => ({
      kind: 'text',
      name,
      mediaType: 'text/plain',
      text: content,
      characters: content.length,
      gap: null,
    });
    await store.save(asked.questionId, [
      text('notes.txt', 'old'),
      { kind: 'image', name: 'dot.png', mediaType: 'image/png', data: Buffer.from('dots') },
    ]);
    await store.save(later.questionId, [text('notes.txt', `${'😀'.repeat(12_000)}the end`)]);
    const first = await call({ name: 'notes.txt' });
    expect(first).toBe(`${'😀'.repeat(12_000)}\n[There is more: call again with from 12000.]`);
    expect(await call({ name: 'NOTES.txt', from: 12_000 })).toBe('the end');
    expect(await call({ name: 'dot.png' })).toBe('It is shown with the question now.');
    expect(shown).toMatchObject([{ type: 'image', name: 'dot.png', data: Buffer.from('dots') }]);
    expect(await call({ name: 'other' })).toBe('There is no such file. Attached: "notes.txt", "dot.png".');
    expect(await call({ name: 'notes.txt' }, await stage.ask('elsewhere'))).toBe('No file was attached in this conversation.');
  });
});
