/**
 * signed? ─► known shape? ─► a row, once per webhook-id ─► accepted at once, or when there is room
 */
import type { Config } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { invalid, type IncomingFile } from '@openclaw/feature';
import { type WebhookReceipt, webhookMessageSchema, type WebhookMessage } from '../channel.schema.js';
import type { ChatStores } from '../chat-stores.module.js';
import type { Pump } from '../pump.js';
import { isSigned, type SignedHeaders } from './standard-webhooks.js';

export interface WebhookDeps {
  readonly config: () => Config;
  readonly stores: ChatStores;
  readonly pump: Pick<Pump, 'pump'>;
}

/** A request of a program, as it came. */
export interface SignedRequest {
  readonly name: string;
  readonly headers: SignedHeaders;
  /** Opens the body. @param bytesMax more is refused */
  readonly open: (bytesMax: number) => Promise<IncomingFile>;
}

const PIECE_BYTES = 65_536;
const BODY_BYTES_MAX = 524_288;

/** Takes signed requests of programs. */
export class WebhookReceiver {
  readonly #deps: WebhookDeps;

  constructor(deps: WebhookDeps) {
    this.#deps = deps;
  }

  /**
   * @throws Fault `unauthorized` where it is not signed, too old, or the name is none: a stranger learns nothing of which names there are;
   * `bad_request`, `payload_too_large`, `service_unavailable`
   */
  async receive({ name, headers, open }: SignedRequest, signal: AbortSignal): Promise<WebhookReceipt> {
    const endpoint = this.#deps.config().channels.webhook[name];
    const body = await readWhole(await open(BODY_BYTES_MAX));
    const secrets = endpoint?.enabled ? [endpoint.secret, endpoint.previous_secret] : [];
    if (!endpoint || !isSigned(secrets, headers, body, new Date())) {
      throw new Fault(
        'unauthorized',
        'Sign the request by Standard Webhooks, with the secret of this webhook and a time stamp that is at most five minutes old.',
      );
    }
    const message = parse(body);
    const id = headers.id ?? '';
    const chat = message.chat === undefined ? name : `${name}/${message.chat}`;
    const isNew = await this.#keep(id, chat, message, personOf(name, endpoint.person, message));
    await this.#deps.pump.pump(signal);
    const found = await this.#deps.stores.inbox.find('webhook', chat, id);
    return { status: isNew ? 'accepted' : 'duplicate', ...(found?.runId ? { id: found.runId } : {}) };
  }

  async #keep(
    id: string,
    chat: string,
    { message, sender, sender_name: author, sent_at: sentAt }: WebhookMessage,
    person: string,
  ): Promise<boolean> {
    const { transaction, inbox, states } = this.#deps.stores;
    return transaction(async (query) => {
      await states.heard(query, 'webhook');
      return inbox.add(query, {
        channel: 'webhook',
        chat,
        thread: '',
        message: id,
        person,
        author: author ?? null,
        content: message,
        metadata: { ...(sender === undefined ? {} : { user_id: sender }), ...(author === undefined ? {} : { user_name: author }) },
        provenance: 'owner',
        sentAt: sentAt === undefined ? new Date() : new Date(sentAt),
        join: null,
      });
    });
  }
}

/** A program vouches for whom it speaks for: each of them is a person of its own, unless the configuration says whose all of it is. */
function personOf(name: string, configured: string | undefined, { sender }: WebhookMessage): string {
  return configured ?? (sender === undefined ? `webhook:${name}` : `webhook:${name}:${sender}`);
}

async function readWhole(file: IncomingFile): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of file.pieces(PIECE_BYTES)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function parse(body: Buffer): WebhookMessage {
  const parsed = webhookMessageSchema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown; // parsed by its schema next
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof TypeError) throw new Fault('bad_request', 'The body is no JSON in UTF-8.');
    throw thrown;
  }
}
