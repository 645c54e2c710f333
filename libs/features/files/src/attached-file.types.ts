/** The tool by which a model reads a file of the conversation again. */
export const READ_FILE = 'read_file';

/** What came with a message, read: kept with the message, and the same in every request. */
export type AttachedFile =
  | {
      readonly kind: 'text';
      readonly name: string;
      readonly mediaType: string;
      /** Its beginning, as much as is kept. */
      readonly text: string;
      /** Of the whole, as far as it was read. */
      readonly characters: number;
      /** What is missing of it beyond that; null for nothing. */
      readonly gap: string | null;
    }
  | { readonly kind: 'image'; readonly name: string; readonly mediaType: string; readonly data: Uint8Array }
  /** `reason` ends the sentence `it is missing: …`. */
  | { readonly kind: 'missing'; readonly name: string; readonly reason: string };
