import type { FitMessages, ModelMessage, ToolDefinition } from '@openclaw/language-model';
import { boundTokens, countTokens } from './count-tokens.js';
import { capFinds } from './cut-finds.js';
import { cutText } from './cut-text.js';
import { fitHistory } from './fit-history.js';
import { fitQuestion } from './fit-question.js';
import { fitResults } from './fit-results.js';
import { boundMessage, Measure, PART_TOKENS_MIN } from './measure.js';
import type { ContextShares, Cuts, Room, RunContext } from './run-context.types.js';

/** Told how the newest fitting came out; a model that is tried later overrules one that failed. */
export type OnFit = (cuts: Cuts) => void;

const WHOLE: Cuts = { question: false, files: [] };

/** The messages of a context, uncut: what {@link fitContext} cuts down for each window. */
export function toMessages(context: RunContext): ModelMessage[] {
  return [{ role: 'system', text: context.system }, ...summaryOf(context, context.hasEarlier), ...context.thread];
}

/**
 * {system, tool definitions} ─► question ─► results of this run, shortened ─► history ─► what fits
 *
 * Makes the messages of a run fit any window, for each model anew, and never more than the window less the reply's share. What fits
 * as it is stays as it is; of what does not, old files go first, then the turns that the summary speaks for, then whole turns, and the
 * newest exchange of this run never. How long it takes is bounded, whatever the messages are made of.
 * @param context what the messages given to the returned function begin with, as {@link toMessages} made them
 */
export function fitContext(
  context: RunContext,
  tools: readonly ToolDefinition[],
  shares: ContextShares,
  onFit: OnFit = () => undefined,
): FitMessages {
  const lead = toMessages(context).length;
  const definitions = tools.length === 0 ? '' : JSON.stringify(tools);
  let toolTokens: number | undefined;
  return (given, contextTokens, takes) => {
    const messages = capFinds(withShown(given, lead - 1, context), contextTokens * shares.memory);
    const unseen = takes?.images === false ? picturesOf(context.thread.at(-1)) : [];
    const forAll = Math.floor(contextTokens * (1 - shares.reply));
    const whole = (): readonly ModelMessage[] => {
      onFit({ ...WHOLE, files: unseen });
      return messages;
    };
    if (boundTokens(definitions) + messages.reduce((total, message) => total + boundMessage(message), 0) <= forAll) return whole();
    toolTokens ??= definitions === '' ? 0 : countTokens(definitions);
    const measure = new Measure(messages.length);
    if (measure.fits(messages, forAll - toolTokens)) return whole();
    const fitted = cut(context, messages.slice(lead - 1), { all: forAll - toolTokens, window: contextTokens, toolTokens, shares, measure });
    onFit({ ...fitted.cuts, files: [...new Set([...fitted.cuts.files, ...unseen])] });
    return fitted.messages;
  };
}

function cut(context: RunContext, [question, ...ownTurns]: readonly ModelMessage[], room: Room): { messages: ModelMessage[]; cuts: Cuts } {
  const { window, shares, toolTokens, measure } = room;
  const system: ModelMessage = { role: 'system', text: cutText(context.system, window * shares.system, 'end') };
  let left = room.all - measure.of(system);

  const forResults = Math.max(window * shares.tools - toolTokens, window * 0.05);
  const own = fitResults(ownTurns, Math.min(forResults, left / 2), measure);
  left -= measure.all(own);

  const asked = question?.role === 'user' ? fitQuestion(question, Math.max(left, PART_TOKENS_MIN), window * shares.memory, measure) : null;
  left -= asked ? measure.of(asked.question) : 0;

  const [summary] = summaryOf(context, true);
  const shortened =
    summary && measure.of(summary) > window * shares.memory
      ? { ...summary, text: cutText(summary.text, window * shares.memory, 'end') }
      : summary;
  const history = fitHistory({ ...context, thread: context.thread.slice(0, -1), summary: shortened ?? null }, left, room);
  return { messages: [system, ...history, ...(asked ? [asked.question] : []), ...own], cuts: asked?.cuts ?? WHOLE };
}

function summaryOf({ summary }: RunContext, isWanted: boolean): Extract<ModelMessage, { role: 'system' }>[] {
  return summary === null || !isWanted
    ? []
    : [{ role: 'system', text: `Summary of the conversation before the messages below:\n${summary}` }];
}

/** The question with the files that tools have brought back. */
function withShown(messages: readonly ModelMessage[], index: number, { shown }: RunContext): readonly ModelMessage[] {
  const question = messages[index];
  if (shown.length === 0 || question?.role !== 'user') return messages;
  return messages.with(index, { ...question, parts: [...question.parts, ...shown] });
}

function picturesOf(question: ModelMessage | undefined): string[] {
  return question?.role === 'user' ? question.parts.flatMap((part) => (part.type === 'image' ? [part.name] : [])) : [];
}
