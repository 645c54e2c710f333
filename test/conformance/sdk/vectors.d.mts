interface Outcome {
  readonly reply?: { readonly content: string };
  readonly value?: Readonly<Record<string, unknown>>;
  readonly text?: string;
  readonly error?: {
    readonly status?: number;
    readonly code?: string;
    readonly connection?: true;
    readonly request_id?: string;
    readonly retry_after?: number;
    readonly message_id?: string;
    readonly says?: string;
  };
  readonly events?: readonly (readonly [string, string | null])[];
  readonly requests?: number;
  /** Every request had the same Idempotency-Key. */
  readonly one_key?: boolean;
  /** Last-Event-ID of each request. */
  readonly after?: readonly (string | null)[];
  readonly paths?: readonly string[];
}
type Call = { readonly do: 'message' | 'stream' | 'remember'; readonly text: string } | { readonly do: 'get' | 'delete' };
/** What a client must do, as data. */
export declare const VECTORS: readonly { readonly name: string; readonly call: Call; readonly exchanges: readonly object[]; readonly outcome: Outcome }[];
