import type { MadeFile, MessageId, RunEventDraft } from '@openclaw/words';

/** The files that were made for a reply. */
export type MadeFiles = (runId: MessageId) => Promise<readonly MadeFile[]>;

/** The files that a run gives with its reply: each is told once in an attempt, and all stand in the reply. */
export class GivenFiles {
  readonly #tell: (draft: RunEventDraft) => void;
  readonly #files = new Map<string, MadeFile>();

  private constructor(tell: (draft: RunEventDraft) => void) {
    this.#tell = tell;
  }

  /** Those of a run, what its earlier attempts made included. @param made finds that */
  static async of(
    run: { readonly runId: MessageId; readonly attempt: number },
    made: MadeFiles,
    tell: (draft: RunEventDraft) => void,
  ): Promise<GivenFiles> {
    const given = new GivenFiles(tell);
    for (const file of run.attempt === 1 ? [] : await made(run.runId)) given.give(file);
    return given;
  }

  readonly give = (file: MadeFile): void => {
    if (this.#files.has(file.id)) return;
    this.#files.set(file.id, file);
    this.#tell({ type: 'attachment', attachment: file });
  };

  get all(): readonly MadeFile[] {
    return [...this.#files.values()];
  }
}
