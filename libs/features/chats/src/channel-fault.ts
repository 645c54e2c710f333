/**
 * What came of talking to a platform, as far as it matters here.
 * `rest`: not before `restMs` is over. `refused`: this message never. `uncertain`: it may have arrived. `away`: try again.
 * `misconfigured`: nothing will work until the owner does what the sentence says.
 */
export type ChannelTrouble = 'rest' | 'refused' | 'uncertain' | 'away' | 'misconfigured';

/** A platform that did not do as asked. The sentence is the owner's to read: it says what to do, and holds no secret. */
export class ChannelFault extends Error {
  readonly trouble: ChannelTrouble;
  readonly restMs: number;

  constructor(trouble: ChannelTrouble, message: string, options: { readonly restMs?: number; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ChannelFault';
    this.trouble = trouble;
    this.restMs = options.restMs ?? 0;
  }
}
