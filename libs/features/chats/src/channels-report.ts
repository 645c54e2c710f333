import type { Config } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { Channel } from './channel.schema.js';
import { CHANNEL_TYPES, type ChannelType, isChannelType, isEnabled } from './channel-types.js';
import type { ChatStores } from './chat-stores.module.js';
import type { StoredState } from './states.store.js';

const NAMES: Readonly<Record<ChannelType, string>> = { telegram: 'Telegram', webhook: 'Webhooks' };
const NOBODY_SERVES = 'No channels process serves it. Start one: docker compose up -d channels.';

/** How the channels do, by what was last heard and said. */
export class ChannelsReport {
  readonly #stores: Pick<ChatStores, 'states' | 'inbox'>;
  readonly #config: () => Config;

  constructor(stores: Pick<ChatStores, 'states' | 'inbox'>, config: () => Config) {
    this.#stores = stores;
    this.#config = config;
  }

  /** All of them, those that are off too. @throws Fault `service_unavailable` */
  async list(): Promise<Channel[]> {
    const [states, today] = await Promise.all([this.#stores.states.list(), this.#stores.inbox.today()]);
    const config = this.#config();
    return CHANNEL_TYPES.map((type) =>
      toChannel(
        type,
        isEnabled(type, config),
        states.find(({ channel }) => channel === type),
        today.get(type) ?? 0,
      ),
    );
  }

  /** @throws Fault `not_found` */
  async get(type: string): Promise<Channel> {
    const known = checkType(type);
    const channel = (await this.list()).find((each) => each.type === known);
    if (!channel) throw noChannel();
    return channel;
  }
}

function toChannel(type: ChannelType, isOn: boolean, state: StoredState | undefined, messagesToday: number): Channel {
  const { status, lastError } = statusOf(isOn, state);
  return {
    type,
    name: NAMES[type],
    status,
    ...timesOf(state, status),
    messages_today: messagesToday,
    ...(lastError === null ? {} : { last_error: lastError }),
    ...(state && Object.keys(state.details).length > 0 ? { details: { ...state.details } } : {}),
  };
}

function timesOf(state: StoredState | undefined, status: Channel['status']): Partial<Channel> {
  const times = {
    connected_since: status === 'connected' ? state?.connectedSince : null,
    last_inbound_at: state?.lastInboundAt,
    last_outbound_at: state?.lastOutboundAt,
  };
  return Object.fromEntries(Object.entries(times).flatMap(([name, at]) => (at ? [[name, at.toISOString()]] : [])));
}

function statusOf(isOn: boolean, state: StoredState | undefined): { status: Channel['status']; lastError: string | null } {
  if (!isOn) return { status: 'disabled', lastError: null };
  if (!state?.isServed) return { status: 'disconnected', lastError: NOBODY_SERVES };
  return state;
}

/** @throws Fault `not_found` where there is no such channel */
export function checkType(type: string): ChannelType {
  if (isChannelType(type)) return type;
  throw noChannel();
}

function noChannel(): Fault {
  return new Fault('not_found', `There is no such channel. There are: ${CHANNEL_TYPES.join(', ')}.`);
}
