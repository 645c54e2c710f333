import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConversationId, newId } from '@openclaw/words';
import { GATEWAY } from '../../../../test/support/callers.js';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { openSearch } from './memory.module.js';
import type { MemorySearch } from './memory-search.js';

const SAID = {
  chinese: '我家在上海东边，今天天气真好。',
  japanese: '病院は機能していない',
  thai: 'ฉันอยากไปเที่ยวเชียงใหม่กับครอบครัว',
  korean: '우리는 서울에서 살아요',
  hebrew: 'אני גר בירושלים כבר שנה',
  arabic: 'قرأت الكتاب في المدينة القديمة',
  french: 'On se voit au Café de la Gare',
  german: 'In der Hauptstraße wohnt niemand',
  capitals: 'DIE STRASSE IST LANG',
  address: 'Write to ann.lee@example.com about node 24.9.0',
  party: 'We won the cup 🎉',
  code: 'Written in C++ and node.js, with getUserName',
  russian: 'Мы встретились в Москве ещё зимой',
} as const;
type Said = keyof typeof SAID;

describe('conversations by words', () => {
  let services: TestServices;
  let stage: RunStage;
  let search: MemorySearch;
  const places = new Map<ConversationId, Said>();

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
    search = openSearch(stage.database);
    for (const [name, text] of Object.entries(SAID)) {
      const conversationId = newId('conv');
      await stage.ask(text, { conversationId, isNew: true });
      places.set(conversationId, name as Said); // the names are the keys of SAID
    }
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });

  it.each<[string, Said]>([
    ['上海', 'chinese'],
    ['天气', 'chinese'],
    ['海', 'chinese'],
    ['病院', 'japanese'],
    ['機能', 'japanese'],
    ['เชียงใหม่', 'thai'],
    ['ครอบครัว', 'thai'],
    ['서울', 'korean'],
    ['서울은', 'korean'],
    ['ירושלים', 'hebrew'],
    ['בירושלים', 'hebrew'],
    ['كتاب', 'arabic'],
    ['المدينه', 'arabic'],
    ['cafe', 'french'],
    ['CAFÉ', 'french'],
    ['café', 'french'],
    ['hauptstrasse', 'german'],
    ['HAUPTSTRASSE', 'german'],
    ['straße', 'capitals'],
    ['ann.lee', 'address'],
    ['lee', 'address'],
    ['example.com', 'address'],
    ['ann.lee@example.com', 'address'],
    ['24.9.0', 'address'],
    ['24.9', 'address'],
    ['２４.9.0', 'address'],
    ['🎉', 'party'],
    ['C++', 'code'],
    ['node.js', 'code'],
    ['nodejs', 'code'],
    ['userName', 'code'],
    ['getusername', 'code'],
    ['Москве', 'russian'],
    ['еще', 'russian'],
  ])('%s finds what was said in %s', async (query, expected) => {
    const found = await search.conversations(GATEWAY, query);
    expect(found.map((id) => places.get(id))).toEqual([expected]);
  });
});
