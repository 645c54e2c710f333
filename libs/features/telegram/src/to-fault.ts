import { ChannelFault } from '@openclaw/chats';
import { GrammyError, HttpError } from 'grammy';

/** What to do about a token that Telegram does not know. */
export const TOKEN_REFUSED =
  'Telegram refuses the token: it was revoked or mistyped. Ask @BotFather for the bot’s token (/mybots, API Token) and set channels.telegram.token.';
/** A connection that was never there: nothing was sent. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];

/** What Telegram, or the way to it, said, in the words of a channel. */
export function toFault(thrown: unknown): unknown {
  if (thrown instanceof GrammyError) return ofAnswer(thrown);
  if (thrown instanceof HttpError) {
    const isSure = NEVER_SENT.includes(codeOf(thrown.error) ?? '');
    return new ChannelFault(isSure ? 'away' : 'uncertain', 'Telegram cannot be reached.', { cause: thrown });
  }
  return thrown;
}

function ofAnswer(answer: GrammyError): ChannelFault {
  const { error_code: code, description, parameters } = answer;
  if (code === 429) return new ChannelFault('rest', 'Telegram asks to wait.', { restMs: (parameters.retry_after ?? 1) * 1000 });
  if (code === 401 || code === 404) return new ChannelFault('misconfigured', TOKEN_REFUSED, { cause: answer });
  if (code === 403) return new ChannelFault('refused', `Telegram does not let the bot write there: ${description}.`, { cause: answer });
  if (code >= 500) return new ChannelFault('away', `Telegram answers ${String(code)}.`, { cause: answer });
  return new ChannelFault('refused', `Telegram refuses the message: ${description}.`, { cause: answer });
}

function codeOf(error: unknown): string | null {
  for (let each: unknown = error; Error.isError(each); each = each.cause)
    if ('code' in each && typeof each.code === 'string') return each.code;
  return null;
}

/** Whether Telegram said 400 with these words. */
export function isRefusal(thrown: unknown, words: RegExp): thrown is GrammyError {
  return thrown instanceof GrammyError && thrown.error_code === 400 && words.test(thrown.description);
}
