import { ChannelFault, type ChannelDefinition, type ChannelHost, type OpenChannel } from '@openclaw/chats';
import { OutgoingAgents, type OutgoingProxies, toProxies } from '@openclaw/net';
import { Api } from 'grammy';
import { fetch, type RequestInit } from 'undici';
import { ChatPace } from './chat-pace.js';
import { grammySignal } from './grammy-signal.js';
import type { PollTiming } from './poller.js';
import { MESSAGE_UNITS_MAX } from './render.js';
import { TelegramChannel } from './telegram-channel.js';
import { toFault } from './to-fault.js';

/** What of the configuration it is made of. */
interface TelegramSettings {
  readonly token: string;
  readonly url: string;
  readonly proxies: OutgoingProxies;
}

const TIMING: PollTiming = { pollSeconds: 30, stallMs: 45_000 };
const CONNECT_MS = 10_000;
const ANSWER_SECONDS = 30;
const NO_TOKEN = 'channels.telegram.token is empty. Make a bot at @BotFather (/newbot) and set the token that it gives you.';

/** The Bot API by long polling. @param timing of polls; Telegram's own where left out */
export function telegramChannel(timing: PollTiming = TIMING): ChannelDefinition {
  return {
    type: 'telegram',
    capabilities: {
      canEdit: true,
      canStream: true,
      canButton: false,
      canFile: false,
      canTell: false,
      maxLength: MESSAGE_UNITS_MAX,
      format: 'html',
    },
    configured: ({ channels: { telegram }, proxy }) => {
      if (!telegram.enabled) return null;
      const settings = { token: telegram.token, url: telegram.url, proxies: toProxies(proxy) };
      return { shape: settings, open: (host) => openTelegram(settings, host, timing) };
    },
    rulesOf: ({ channels: { telegram } }) => ({ maxAgeMs: telegram.max_age * 1000, allowed: telegram.allowed_users }),
  };
}

/** Our own id is known before the first message is read: whoever does not know himself answers himself. */
async function openTelegram({ token, url, proxies }: TelegramSettings, host: ChannelHost, timing: PollTiming): Promise<OpenChannel> {
  if (token === '') throw new ChannelFault('misconfigured', NO_TOKEN);
  const agents = [new OutgoingAgents({ connectMs: CONNECT_MS, proxies }), new OutgoingAgents({ connectMs: CONNECT_MS, proxies })] as const;
  const [api, polls] = [apiOf(token, url, agents[0], ANSWER_SECONDS), apiOf(token, url, agents[1], timing.stallMs / 1000 + 1)];
  try {
    const { id, username, can_read_all_group_messages } = await api.getMe(grammySignal(AbortSignal.timeout(timing.stallMs)));
    return new TelegramChannel(
      { api, polls, agents, pace: new ChatPace(() => performance.now()), bot: { id, username, can_read_all_group_messages }, timing },
      host,
    );
  } catch (thrown) {
    await Promise.all(agents.map((each) => each.close()));
    throw toFault(thrown);
  }
}

/** On our own connections and through our own proxies; errors never show the token, which is in every address. */
function apiOf(token: string, url: string, agents: OutgoingAgents, timeoutSeconds: number): Api {
  const ours = (input: string, init: RequestInit): ReturnType<typeof fetch> =>
    fetch(input, { ...init, signal: nativeSignal(init.signal), dispatcher: agents.for(input), redirect: 'error' });
  const apiRoot = url.replace(/(?<!\/)\/+$/, '');
  return new Api(token, { apiRoot, timeoutSeconds, sensitiveLogs: false, fetch: ours as never }); // grammY types fetch by node-fetch
}

/** grammY's signals are those of a package; fetch takes none but its own. */
function nativeSignal(signal: RequestInit['signal']): AbortSignal {
  const controller = new AbortController();
  if (signal?.aborted) controller.abort();
  else
    signal?.addEventListener(
      'abort',
      () => {
        controller.abort();
      },
      { once: true },
    );
  return controller.signal;
}
