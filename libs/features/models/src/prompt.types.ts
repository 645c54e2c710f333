/** Notes of a provider on a part, by the name of its wire: signatures, ids, marks of caching. Only that wire reads them. */
export type ProviderNotes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Noted {
  readonly providerOptions?: ProviderNotes;
}

export type PromptUserPart = Noted &
  (
    | { readonly type: 'text'; readonly text: string }
    | {
        readonly type: 'file';
        readonly filename: string;
        readonly mediaType: string;
        readonly data: { readonly type: 'data'; readonly data: Uint8Array };
      }
  );

export type PromptAssistantPart = Noted &
  (
    | { readonly type: 'text' | 'reasoning'; readonly text: string }
    | { readonly type: 'tool-call'; readonly toolCallId: string; readonly toolName: string; readonly input: unknown }
  );

export interface PromptResult {
  readonly type: 'tool-result';
  readonly toolCallId: string;
  readonly toolName: string;
  readonly output: { readonly type: 'text' | 'error-text'; readonly value: string };
}

/** One message as every wire can write it. */
export type PromptMessage = Noted &
  (
    | { readonly role: 'system'; readonly content: string }
    | { readonly role: 'user'; readonly content: readonly PromptUserPart[] }
    | { readonly role: 'assistant'; readonly content: readonly PromptAssistantPart[] }
    | { readonly role: 'tool'; readonly content: readonly PromptResult[] }
  );

export type Prompt = readonly PromptMessage[];
