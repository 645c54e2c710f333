import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MadeFile } from '@openclaw/words';
import { callTool, toolRun } from '../../../../test/support/call-tool.js';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { AttachmentsStore } from './attachments.store.js';
import { FilesStore } from './files.store.js';
import { makeFile } from './make-file.tool.js';

describe('make_file', () => {
  let services: TestServices;
  let stage: RunStage;
  let uploads: FilesStore;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
    uploads = new FilesStore(stage.database);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });

  it('the same call of the same run makes one file, whoever makes it again; another call another', async () => {
    const asked = await stage.ask('make it');
    const given: MadeFile[] = [];
    const run = toolRun(asked, undefined, (file) => void given.push(file));
    const tool = makeFile(run, { uploads, store: new AttachmentsStore(stage.database), personBytesMax: () => 1_000_000 });
    const args = { name: 'a.txt', content: 'hello' };
    const first = await callTool(tool, args, run, 'call_1');
    expect(await callTool(tool, args, run, 'call_1')).toBe(first);
    await callTool(tool, args, run, 'call_2');
    expect(new Set(given.map(({ id }) => id)).size).toBe(2);
    expect(await uploads.madeFor(asked.runId)).toEqual([given[0], given[2]]);
    const pieces = await services.sql<{ data: Buffer }>('SELECT data FROM file_pieces');
    expect(pieces.map(({ data }) => data.toString())).toEqual(['hello', 'hello']);
  });

  it('of a conversation that is gone meanwhile nothing is kept', async () => {
    const asked = await stage.ask('make it');
    const run = toolRun(asked, undefined, () => {
      throw new Error('given');
    });
    const tool = makeFile(run, { uploads, store: new AttachmentsStore(stage.database), personBytesMax: () => 1_000_000 });
    await services.sql('DELETE FROM conversations');
    await expect(callTool(tool, { name: 'a.txt', content: 'hello' }, run)).rejects.toMatchObject({ code: 'not_found' });
  });
});
