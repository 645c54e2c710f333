import type { Cuts, OnFit } from '@openclaw/context';
import type { ThreadFiles } from '@openclaw/files';
import type { Warning } from '@openclaw/words';

/** What of a message is not done as asked, while it is answered: its sender is told with the reply. */
export class Shortfall {
  readonly #files: Pick<ThreadFiles, 'unreadable' | 'shortened'>;
  readonly #asked: string;
  #cuts: Cuts | null = null;

  /** @param asked `provider/model` that should answer */
  constructor(files: Pick<ThreadFiles, 'unreadable' | 'shortened'>, asked: string) {
    this.#files = files;
    this.#asked = asked;
  }

  /** Hears what each model that is tried does not get; the newest counts. */
  readonly onFit: OnFit = (cuts) => {
    this.#cuts = cuts;
  };

  /** @param answered `provider/model` that did answer */
  warnings(answered: string): Warning[] {
    const { unreadable, shortened } = this.#files;
    const isTold = (name: string): boolean => shortened.some((sentence) => sentence.includes(JSON.stringify(name)));
    const cut = (this.#cuts?.files ?? []).filter((name) => !isTold(name));
    return [
      ...(this.#cuts?.question === true
        ? [
            {
              code: 'message_shortened',
              message:
                'The message is longer than the model takes: its middle was left out. Send it in parts, or use a model with a larger window.',
            },
          ]
        : []),
      ...unreadable.map((message) => ({ code: 'attachment_unreadable', message })),
      ...[...shortened, ...cut.map(leftOut)].map((message) => ({ code: 'attachment_left_out', message })),
      ...(answered === this.#asked ? [] : [{ code: 'provider_changed', message: `${this.#asked} could not answer; ${answered} did.` }]),
    ];
  }
}

function leftOut(name: string): string {
  return `The attachment ${JSON.stringify(name)} was not shown whole to the model: it takes no such files, or has no room for this one.`;
}
