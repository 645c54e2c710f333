import { describe, expect, it } from '@jest/globals';
import type { RunEventDraft } from '@openclaw/words';
import { TokenJoiner } from './token-joiner.js';

const token = (content: string): RunEventDraft => ({ type: 'token', content });
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('TokenJoiner', () => {
  function collect(): { joiner: TokenJoiner; drafts: RunEventDraft[] } {
    const drafts: RunEventDraft[] = [];
    return { joiner: new TokenJoiner((draft) => drafts.push(draft)), drafts };
  }

  it('pieces of one turn of the event loop are one event, those of the next another', async () => {
    const { joiner, drafts } = collect();
    for (const piece of ['a', 'b', 'c']) joiner.emit(token(piece));
    await nextTurn();
    joiner.emit(token('d'));
    await nextTurn();
    expect(drafts).toEqual([token('abc'), token('d')]);
  });

  it('an event of another kind keeps its place between the texts around it', () => {
    const { joiner, drafts } = collect();
    joiner.emit(token('before'));
    joiner.emit({ type: 'restart', attempt: 2 });
    joiner.emit(token('after'));
    joiner.flush();
    expect(drafts).toEqual([token('before'), { type: 'restart', attempt: 2 }, token('after')]);
  });

  it('thoughts are joined apart from speech, in order', () => {
    const { joiner, drafts } = collect();
    const thinking = (content: string): RunEventDraft => ({ type: 'thinking', content });
    for (const draft of [thinking('h'), thinking('m'), token('a'), token('b'), thinking('x')]) joiner.emit(draft);
    joiner.flush();
    expect(drafts).toEqual([thinking('hm'), token('ab'), thinking('x')]);
  });

  it('no joined event is over 4096 characters, and no text is lost', () => {
    const { joiner, drafts } = collect();
    const pieces = Array.from({ length: 5000 }, (_, index) => String(index));
    for (const piece of pieces) joiner.emit(token(piece));
    joiner.flush();
    const texts = drafts.map((draft) => (draft.type === 'token' ? draft.content : ''));
    expect(texts.join('')).toBe(pieces.join(''));
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(4096);
  });

  it('nothing comes twice: what was flushed does not come again with the turn', async () => {
    const { joiner, drafts } = collect();
    joiner.emit(token('once'));
    joiner.flush();
    await nextTurn();
    expect(drafts).toEqual([token('once')]);
  });
});
