import type { Fault } from '@openclaw/errors';

/** What a provider says of a request that is too long, in tokens; null where it names no number. */
export interface ContextLength {
  /** The most that it takes. */
  readonly limit: number | null;
  /** What was asked for, as it counts. */
  readonly requested: number | null;
}

/** Words by which a request is refused for its length, from the providers' pages and what their servers print. */
const TOO_LONG = [
  /context_length_exceeded|exceed_context_size_error|string_above_max_length|model_context_window_exceeded/i,
  /(?:maximum|max|total|allowed|model'?s?)[^.]{0,40}\b(?:context|sequence|prompt|model|input)[ _-]?(?:length|len|size|window)/i,
  /\b(?:context|sequence|prompt|input)[ _-]?(?:length|len|size|window)\b[^.]{0,60}\b(?:exceed|too (?:long|large|small|big)|larger|longer|greater|limit|overflow|reached)/i,
  /\b(?:exceed(?:s|ed|ing)?|larger than|longer than|greater than|over|beyond|outside|overflows?)\b[^.]{0,60}\b(?:context|token (?:count|limit)|n_ctx|num_ctx|max_model_len|maximum number of tokens|tokens? allowed)/i,
  /\b(?:prompt|input|request|conversation|message|messages)\b[^.;:]{0,30}\btoo (?:long|large|many tokens)|too many (?:input )?tokens|(?:input|prompt) token count/i,
  /max_new_tokens.{0,20}must be\s*<=/i,
  /reduce the (?:length|size) of (?:the|your) (?:messages|prompt|input)|(?:does not|doesn't|cannot|can't) fit (?:in|into) (?:the |its )?context/i,
];
/** A limit of requests a minute speaks of tokens too. */
const RATE = /rate.?limit|per (?:minute|day|hour|second)|\bTPM\b|\bTPD\b|quota/i;
/** Where a sentence names the limit, the surest first. */
const LIMITS = [
  /(?:<=|>)\s{0,3}(\d[\d,_.]{0,15})/,
  /context[ _](?:length|size|window|limit)[^.\d]{0,40}(\d[\d,_.]{0,15})/i,
  /(\d[\d,_.]{0,15})[ -](?:tokens?[ -])?(?:maximum|limit|context)/i,
  /(?:max|limit|allowed|at most|up to)[^.\d]{0,60}(\d[\d,_.]{0,15})/i,
];

/** What that refusal says of length; null where it was refused for something else. @param body the provider's whole answer, as text */
export function readContextLength(body: string): ContextLength | null {
  if (RATE.test(body) || !TOO_LONG.some((words) => words.test(body))) return null;
  const window = toNumber(/"n_ctx"\s{0,3}:\s{0,3}(\d{1,12})/.exec(body)?.[1]);
  if (window !== null) return { limit: window, requested: toNumber(/"n_prompt_tokens"\s{0,3}:\s{0,3}(\d{1,12})/.exec(body)?.[1]) };
  const limit = LIMITS.map((words) => toNumber(words.exec(body)?.[1])).find((number) => number !== null) ?? null;
  const numbers = [...body.matchAll(/\d[\d,_.]{0,15}/g)].map(([number]) => toNumber(number) ?? 0);
  return { limit, requested: limit === null ? null : (numbers.find((number) => number > limit) ?? null) };
}

/** What a Fault of a model says of length; null where it failed for something else. Holds for a Fault that was stored, too. */
export function contextLengthOf(fault: Fault): ContextLength | null {
  const told = fault.details['context_length'];
  if (typeof told !== 'object' || told === null) return null;
  const number = (key: string): number | null => {
    const value: unknown = Reflect.get(told, key);
    return typeof value === 'number' ? value : null;
  };
  return { limit: number('limit'), requested: number('requested') };
}

/** Nobody's window is under 16 tokens: such a number counts something else. */
function toNumber(written: string | undefined): number | null {
  const number = Number(written?.replaceAll(/[,_.]/g, '') ?? NaN);
  return Number.isSafeInteger(number) && number >= 16 ? number : null;
}
