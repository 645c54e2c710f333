import { field, json, text } from './read-json.js';
import type { CallDraft, ReplyTurn } from './reply-turn.js';

/**
 * Puts the pieces of Chat Completions' tool calls together. The place is `index`; servers that leave it out, or have the same one
 * for every call, are told apart by a new id, or by a name where the call before is whole.
 */
export class CallDrafts {
  readonly #turn: ReplyTurn;
  #last: CallDraft | null = null;
  #begun = 0;

  constructor(turn: ReplyTurn) {
    this.#turn = turn;
  }

  add(piece: unknown, position: number): void {
    const called = field(piece, 'function') ?? piece;
    const id = text(field(piece, 'id'));
    const name = text(field(called, 'name'));
    const written = json(field(called, 'arguments'));
    const draft = this.#draftFor({ place: this.#placeOf(piece, position, id), id, name, written });
    draft.id ||= id;
    draft.name ||= name;
    draft.arguments += written;
    this.#last = draft;
    const extra = field(piece, 'extra_content');
    if (typeof extra === 'object' && extra !== null) this.#turn.note(draft.key, 'chat', { extra_content: extra });
  }

  /** Where the call stands: its index, else where its id stands, else with the last one. */
  #placeOf(piece: unknown, position: number, id: string): string {
    const index = field(piece, 'index');
    if (typeof index === 'number' || (typeof index === 'string' && index !== '')) return `call ${String(index)}`;
    const known = this.#turn.drafts.find((draft) => id !== '' && draft.id === id);
    return known?.key ?? (id === '' && this.#last ? this.#last.key : `call ${String(position)}`);
  }

  #draftFor({ place, id, name, written }: { place: string; id: string; name: string; written: string }): CallDraft {
    const known = this.#turn.drafts.findLast(({ key }) => key === place || key.startsWith(`${place}/`));
    if (!known || !isAnother(known, id, name, written)) return known ?? this.#turn.call(place);
    this.#begun += 1;
    return this.#turn.call(`${place}/${String(this.#begun)}`);
  }
}

function isAnother(known: CallDraft, id: string, name: string, written: string): boolean {
  if (id !== '' && known.id !== '' && id !== known.id) return true;
  return name !== '' && known.name !== '' && written !== '' && isWhole(known.arguments);
}

function isWhole(written: string): boolean {
  try {
    JSON.parse(written);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
