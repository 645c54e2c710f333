import type { Caller, ConversationId, MessageId } from '@openclaw/words';
import type { UserPart } from '@openclaw/language-model';
import type { AttachedFile } from './attached-file.types.js';
import type { AttachmentsStore, FileKey, StoredHead } from './attachments.store.js';
import type { FilesStore } from './files.store.js';
import { loadAttachments, type LoadOptions } from './load-attachments.js';
import { renderFile, stubOf } from './render-file.js';
import { openStored, type StoredSources } from './stored-source.js';
import { Turns } from './turns.js';

/** What a request to a model may hold of files, all messages together. */
export interface FilesBudget {
  /** Of one text. */
  readonly fileCharacters: number;
  readonly characters: number;
  /** Anthropic takes smaller images only where there are more than 20. */
  readonly images: number;
  /** Gemini takes requests of 20 MB, and base64 adds a third. */
  readonly imageBytes: number;
}

export interface ConversationFilesOptions extends Omit<LoadOptions, 'stored'> {
  readonly store: AttachmentsStore;
  /** What was sent before its message. */
  readonly uploads: FilesStore;
  readonly budget?: Partial<FilesBudget>;
}

/** The files of a thread, and what its sender should hear of those of the question. */
export interface ThreadFiles {
  readonly parts: ReadonlyMap<MessageId, readonly UserPart[]>;
  /** Could not be had: the sentences say which and why. */
  readonly unreadable: readonly string[];
  /** Were cut: likewise. */
  readonly shortened: readonly string[];
}

/** What a tool finds when it reads. */
export type FileReading =
  | { readonly kind: 'text'; readonly name: string; readonly text: string; readonly to: number; readonly hasMore: boolean }
  | { readonly kind: 'image'; readonly part: UserPart }
  /** No such file; the names of those that there are, newest first. */
  | { readonly kind: 'none'; readonly names: readonly string[] };

const BUDGET: FilesBudget = { fileCharacters: 100_000, characters: 1_000_000, images: 16, imageBytes: 12_000_000 };
const NO_FILES: ThreadFiles = { parts: new Map(), unreadable: [], shortened: [] };
/** Messages whose files are read now because nobody has read them before: their own runs were cancelled, or lost. */
const UNREAD_MAX = 4;
const LISTED_MAX = 100;
/** Files of up to 25 MiB that this process has in memory at once while they are read. */
const STORED_AT_ONCE = 4;

/**
 * messages with files ─► kept? ─► else read and keep ─► newest first within the budget ─► parts │ named
 *
 * The files of a conversation. Each is read once, when its message is first answered, and kept with it: later turns are shown the same,
 * whatever has become of its address.
 */
export class ConversationFiles {
  readonly #options: ConversationFilesOptions;
  readonly #budget: FilesBudget;
  readonly #turns = new Turns(STORED_AT_ONCE);

  constructor(options: ConversationFilesOptions) {
    this.#options = options;
    this.#budget = { ...BUDGET, ...options.budget };
  }

  /**
   * @param messageIds those of the thread that came with files, oldest first
   * @param questionId where its files could not be had before, they are tried again
   * @param within the time that it may take; what is missing then is said to be
   * @returns nothing once the signal aborts: the run that wanted them is over
   */
  async ofThread(
    messageIds: readonly MessageId[],
    questionId: MessageId | undefined,
    within: { readonly ms: number; readonly signal: AbortSignal },
  ): Promise<ThreadFiles> {
    const { signal } = within;
    if (messageIds.length === 0 || signal.aborted) return NO_FILES;
    return this.#read(messageIds, questionId, within).catch((thrown: unknown) => {
      if (signal.aborted) return NO_FILES;
      throw thrown;
    });
  }

  /**
   * A file of a conversation by its name, the newest of that name.
   * @param from code points from its beginning
   */
  async read(
    caller: Caller,
    conversationId: ConversationId,
    name: string,
    { from, length }: { readonly from: number; readonly length: number },
  ): Promise<FileReading> {
    const heads = await this.#options.store.ofConversation(caller, conversationId, LISTED_MAX);
    const head = heads.find((each) => each.name === name) ?? heads.find((each) => each.name.toLowerCase() === name.trim().toLowerCase());
    if (!head) return { kind: 'none', names: [...new Set(heads.map((each) => each.name))] };
    if (head.kind === 'image') {
      const [found] = await this.#options.store.contents([head], 0);
      return found ? { kind: 'image', part: renderFile(found.file, 0) } : { kind: 'none', names: [] };
    }
    const text = await this.#options.store.piece(head, from, length);
    const read = Array.from(text).length;
    return { kind: 'text', name: head.name, text, to: from + read, hasMore: read === length };
  }

  async #read(
    messageIds: readonly MessageId[],
    questionId: MessageId | undefined,
    { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
  ): Promise<ThreadFiles> {
    const { store } = this.#options;
    const known = await store.heads(messageIds);
    const unread = messageIds.filter((id) => {
      const kept = known.filter(({ messageId }) => messageId === id);
      return kept.length === 0 || (id === questionId && kept.some(({ kind }) => kind === 'missing'));
    });
    for (const id of unread.slice(-UNREAD_MAX)) {
      await store.save(
        id,
        await loadAttachments(await store.sent(id), { ...this.#options, stored: this.#storedOf(id), withinMs: ms }, signal),
      );
    }
    const heads = unread.length === 0 ? known : await store.heads(messageIds);
    const shown = this.#choose(messageIds.toReversed().flatMap((id) => heads.filter(({ messageId }) => messageId === id)));
    const contents = new Map((await store.contents(shown, this.#budget.fileCharacters)).map(({ file, ...key }) => [keyOf(key), file]));
    const partOf = (head: StoredHead): UserPart => {
      const file = contents.get(keyOf(head));
      return file ? renderFile(file, this.#budget.fileCharacters) : { type: 'text', text: stubOf(head) };
    };
    const ofQuestion = heads.filter(({ messageId }) => messageId === questionId).flatMap((head) => contents.get(keyOf(head)) ?? []);
    return {
      parts: new Map(messageIds.map((id) => [id, heads.filter(({ messageId }) => messageId === id).map(partOf)])),
      unreadable: ofQuestion.flatMap((file) =>
        file.kind === 'missing' ? [`The attachment ${JSON.stringify(file.name)} could not be read: ${file.reason}.`] : [],
      ),
      shortened: ofQuestion.flatMap((file) => this.#shortened(file)),
    };
  }

  #storedOf(messageId: MessageId): StoredSources {
    return { open: (id, name) => openStored(this.#options.uploads, messageId, id, name), turns: this.#turns };
  }

  /** Those that are shown, of files newest first; the rest are named. */
  #choose(heads: readonly StoredHead[]): StoredHead[] {
    let { characters, images, imageBytes } = this.#budget;
    return heads.filter((head) => {
      characters -= Math.min(head.characters, this.#budget.fileCharacters);
      if (head.kind === 'text') return characters >= 0;
      if (head.kind === 'missing') return true;
      images -= 1;
      imageBytes -= head.bytes;
      return images >= 0 && imageBytes >= 0;
    });
  }

  #shortened(file: AttachedFile): string[] {
    if (file.kind !== 'text' || (file.characters <= this.#budget.fileCharacters && file.gap === null)) return [];
    const shown = Math.min(file.characters, this.#budget.fileCharacters);
    const how = file.gap ?? `${String(shown)} of ${String(file.characters)} characters were shown`;
    return [`The attachment ${JSON.stringify(file.name)} was not shown whole to the model: ${how}.`];
  }
}

function keyOf({ messageId, position }: FileKey): string {
  return `${messageId}/${String(position)}`;
}
