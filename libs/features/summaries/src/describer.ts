import { type ConversationId, cutGraphemes, isBlank } from '@openclaw/words';
import { cutText } from '@openclaw/context';
import type { Outline, OutlineMessage, OutlineStore } from '@openclaw/conversations';
import type { ModelClient } from '@openclaw/language-model';
import type { Logger } from '@openclaw/telemetry';
import { cancelWork, DONE, snooze, type WorkAttempt, type WorkOutcome } from '@openclaw/work';
import { extractSummary, extractTitle } from './extract-outline.js';

export interface DescriberOptions {
  readonly outline: OutlineStore;
  readonly model: ModelClient;
  /** Whether a model may be asked for a title. */
  readonly asksForTitles: () => boolean;
  readonly logger: Logger;
}

/** Messages that stay uncovered by the summary: the model sees them as they are. */
const KEPT_RECENT = 30;
/** Uncovered messages beyond which the older ones are summarised. */
export const SUMMARISE_FROM = 60;
const READ_MAX = 200;
const TURN_TOKENS_MAX = 500;
const SUMMARY_CHARACTERS_MAX = 8000;
const TITLE_CHARACTERS_MAX = 80;
const MODEL_MS_MAX = 60_000;
/** How long a title stands back where messages wait for their answers. */
const STAND_BACK_MS = 2000;
/** What a title is made from: two questions and their replies. */
const NAMED_BY = 4;

/** What an attempt at describing has to know of itself. */
type Attempt = Pick<WorkAttempt, 'signal' | 'isLastTry'>;

const GONE = cancelWork('The conversation is gone.');

/**
 * outline ─► still the title that the first words of its first question made, and no message waits ─► title by the model
 * outline ─► too much uncovered: old summary + older turns ─► new summary
 *
 * Keeps title and summary of a conversation up to date by the cheapest model; a summary by extraction where there is none or it has
 * failed until the last try. Each message is summarised once; running twice, or side by side, changes nothing.
 */
export class Describer {
  readonly #options: DescriberOptions;

  constructor(options: DescriberOptions) {
    this.#options = options;
  }

  /**
   * Names a conversation better than its first words do, unless a person has named it.
   * @throws what the model threw, where another try may do better
   */
  async name(id: ConversationId, attempt: Attempt): Promise<WorkOutcome> {
    const outline = await this.#options.outline.find(id, READ_MAX);
    if (!outline) return GONE;
    const { title: given, begins, uncovered } = outline;
    if (!this.#options.asksForTitles() || (given !== null && given !== extractTitle(begins))) return DONE;
    if (await this.#options.outline.someoneWaits()) return snooze(STAND_BACK_MS);
    const asked = await this.#ask(
      'Name this conversation in at most six words, in its own language, without quotes or a full stop.',
      uncovered.slice(0, NAMED_BY),
      attempt,
    );
    const title = (asked ?? '').replaceAll(/\s+/g, ' ').trim();
    if (!isBlank(title)) await this.#options.outline.saveTitle(id, cutGraphemes(title, TITLE_CHARACTERS_MAX), given);
    return DONE;
  }

  /** Covers all but the newest messages by the summary, where many are not. @throws as {@link name} */
  async summarise(id: ConversationId, attempt: Attempt): Promise<WorkOutcome> {
    const outline = await this.#options.outline.find(id, READ_MAX);
    if (!outline) return GONE;
    const older = outline.uncovered.length < SUMMARISE_FROM ? [] : outline.uncovered.slice(0, -KEPT_RECENT);
    const through = older.at(-1);
    if (!through) return DONE;
    const asked = await this.#ask(summaryTask(outline), older, attempt);
    const summary = asked ?? extractSummary(outline.summary, older);
    const saved = await this.#options.outline.saveSummary(
      id,
      cutGraphemes(summary, SUMMARY_CHARACTERS_MAX),
      through.id,
      outline.summaryThrough,
    );
    this.#options.logger.info({ conversation_id: id, messages: older.length, saved }, 'conversation summarised');
    return DONE;
  }

  /** @returns null where there is no language model, or it failed at the last try */
  async #ask(task: string, turns: readonly OutlineMessage[], { signal, isLastTry }: Attempt): Promise<string | null> {
    const { model, logger } = this.#options;
    if (model.provider === 'builtin') return null;
    const text = turns.map(({ role, content }) => `${role}: ${cutText(content, TURN_TOKENS_MAX, 'middle')}`).join('\n\n');
    const messages = [
      { role: 'system' as const, text: task },
      { role: 'user' as const, parts: [{ type: 'text' as const, text: cutText(text, Math.floor(model.contextTokens / 2), 'middle') }] },
    ];
    const limited = AbortSignal.any([signal, AbortSignal.timeout(MODEL_MS_MAX)]);
    return collect(model.stream({ messages, tools: [], route: 'simple_tasks', maxOutputTokens: 1000 }, limited)).catch((err: unknown) => {
      if (signal.aborted || !isLastTry) throw err;
      logger.warn({ err }, 'no description from the model; extracting one');
      return null;
    });
  }
}

function summaryTask({ summary }: Outline): string {
  const task =
    'Summarise this conversation for your own later use: names, facts, decisions, wishes and open questions, in at most 400 words.';
  return summary === null ? task : `${task}\nKeep what is still true of the summary so far:\n${summary}`;
}

async function collect(events: ReturnType<ModelClient['stream']>): Promise<string | null> {
  let text = '';
  for await (const event of events) {
    if (event.type === 'text') text += event.text;
    if (event.type === 'restart') text = '';
  }
  return isBlank(text) ? null : text.trim();
}
