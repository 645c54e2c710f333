import type { ConversationId, MessageId, PersonId, RunEvent } from '@openclaw/words';
import { type Redis, Script } from '@openclaw/redis';
import { endLog } from './append-events.js';
import type { EventKeys } from './event-keys.js';
import { LIVE_FUNCTIONS } from './live-script.js';
import { forgetConversation } from './trim-live.js';

const TELL = new Script(`
local live, live_size = KEYS[1], KEYS[2]
${LIVE_FUNCTIONS}
publish(ARGV)
return 0
`);
const TURNED_AWAY_SECONDS = 300;

/** Small notices from gateway to gateways and workers. All may be lost: each has a slower way that always works. */
export class Notices {
  readonly #redis: Redis;
  readonly #keys: EventKeys;

  constructor(redis: Redis, keys: EventKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Tells every gateway's subscribers of a new question. Rejects where Redis is out of reach. */
  async messageCreated(message: {
    conversationId: ConversationId;
    person: PersonId;
    messageId: MessageId;
    runId: MessageId;
  }): Promise<void> {
    const { conversationId, person, messageId, runId } = message;
    const { live, liveSize } = this.#keys;
    await TELL.run(this.#redis, [live, liveSize], ['run', runId, 'conversation', conversationId, 'person', person, 'message', messageId]);
  }

  /** Tells the worker that has this run to stop it now; without the notice it learns so at its next heartbeat. */
  async cancel(runId: MessageId): Promise<void> {
    await this.#redis.publish(this.#keys.cancel, runId);
  }

  /** Publishes the one event of a run that was over before any worker had it. Rejects where Redis is out of reach. */
  async ended(event: RunEvent, person: PersonId): Promise<void> {
    const { id: runId, conversation_id: conversationId } = event;
    await endLog(this.#redis, this.#keys, { runId, conversationId, person, attempt: 1, ttlSeconds: TURNED_AWAY_SECONDS }, [
      JSON.stringify(event),
    ]);
  }

  /** Takes out of Redis what was said in a conversation that is deleted. @param runIds those of its runs that were going */
  async forgotten(conversationId: ConversationId, runIds: readonly MessageId[]): Promise<void> {
    await forgetConversation(this.#redis, this.#keys, conversationId, runIds);
  }

  /** Hears cancel notices on a `blocking` connection of its own. */
  static async onCancel(connection: Redis, keys: EventKeys, listener: (runId: string) => void): Promise<void> {
    connection.on('message', (_channel: string, runId: string) => {
      listener(runId);
    });
    await connection.subscribe(keys.cancel);
  }
}
