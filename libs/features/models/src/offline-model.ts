import { cutGraphemes } from '@openclaw/words';
import { boundaryAfter } from '@openclaw/words';
import type { Clock } from './clock.js';
import type { ModelClient, ModelEvent, ModelMessage, ModelRequest, ToolDefinition, UserPart } from '@openclaw/language-model';
import { readCommand, type Command } from './read-command.js';

type UserMessage = Extract<ModelMessage, { role: 'user' }>;
type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

/** What the responder looks at: the newest question, what came before it, and what its own tool calls brought since. */
interface Situation {
  readonly question: UserMessage;
  readonly earlier: readonly ModelMessage[];
  readonly results: readonly ToolMessage[];
  readonly tools: readonly ToolDefinition[];
}
type Answer = { readonly say: string } | { readonly call: string; readonly argumentsJson: string };

const QUOTE_CHARACTERS = 200;
const QUERY_CHARACTERS = 500;
const NOT_A_MODEL = 'I am the built-in offline responder, not a language model: I follow a few fixed commands, which /help lists.';
const CONNECT =
  'To talk to a language model, set ANTHROPIC_API_KEY, OPENAI_API_KEY, GOOGLE_API_KEY or OLLAMA_BASE_URL, or providers.primary in gateway.yaml.';
const HELP = `Commands:
/help: this list
/remember <text>: keep something in memory
/recall <words>: search memory
/skills: the tools and skills I was given
/skill <name> <json>: call one of them
/time: the time now
${CONNECT}`;

/** A reply comes in this many pieces at most, of this many characters at least. */
const PIECES_MAX = 12;
const PIECE_CHARACTERS_MIN = 24;

export interface OfflineOptions {
  /** Between two pieces of a reply, so that a person sees it come; 0 for all at once. */
  readonly pauseMs: number;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * `builtin/offline`: a small deterministic responder behind the interface of every provider, for an install without a key. It
 * knows nothing but the request it is given, asks for at most one tool per question, and costs nothing (`costUsd` is 0: that
 * price is known). It has no window that anything must fit. Its token counts are characters over four, rounded up.
 */
export class OfflineModel implements ModelClient {
  readonly provider = 'builtin';
  readonly model = 'offline';
  readonly contextTokens = 128_000;
  readonly #options: OfflineOptions;

  constructor(options: OfflineOptions) {
    this.#options = options;
  }

  async *stream({ messages, tools: offered }: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    signal.throwIfAborted();
    const answer = answerTo(messages, offered);
    const output = 'say' in answer ? answer.say : answer.argumentsJson;
    if ('say' in answer) {
      for (const [index, text] of piecesOf(answer.say).entries()) {
        if (index > 0) await this.#pause(signal);
        yield { type: 'text', text };
      }
    } else {
      const callId = `call_${String(messages.reduce((count, { role }) => (role === 'tool' ? count + 1 : count), 1))}`;
      yield { type: 'tool_call', call: { callId, name: answer.call, argumentsJson: answer.argumentsJson } };
    }
    const usage = { input: tokens(charactersOf(messages)), output: tokens(output.length) };
    yield {
      type: 'finish',
      reason: 'say' in answer ? 'stop' : 'tool_calls',
      usage,
      provider: this.provider,
      model: this.model,
      costUsd: 0,
    };
  }

  async #pause(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#options.pauseMs > 0) await this.#options.clock.sleep(this.#options.pauseMs, signal);
  }
}

/** The text in pieces that end after a word where one ends nearby. */
function piecesOf(text: string): string[] {
  const size = Math.max(PIECE_CHARACTERS_MIN, Math.ceil(text.length / PIECES_MAX));
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const blank = text.indexOf(' ', at + size);
    const end = blank !== -1 && blank < at + size * 2 ? blank : boundaryAfter(text, at + size * 2);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

function answerTo(messages: readonly ModelMessage[], tools: readonly ToolDefinition[]): Answer {
  const index = messages.findLastIndex((message) => message.role === 'user');
  const question = messages[index];
  if (question?.role !== 'user') return { say: HELP };
  const results = messages.slice(index + 1).filter((message) => message.role === 'tool');
  const situation = { question, earlier: messages.slice(0, index), results, tools };
  const answer = answerCommand(readCommand(textOf(question.parts)), situation);
  const firstReply = !situation.earlier.some((message) => message.role === 'assistant');
  return 'say' in answer && firstReply ? { say: `${NOT_A_MODEL}\n\n${answer.say}` } : answer;
}

function answerCommand(command: Command, situation: Situation): Answer {
  switch (command.name) {
    case 'help':
      return { say: HELP };
    case 'skills':
      return { say: listTools(situation.tools) };
    case 'usage':
      return { say: `Usage: ${command.usage}` };
    case 'call':
      return callOnce(command, situation);
    case 'none':
      return answerFreely(command.text, situation);
  }
}

/** Asks for the tool, and once its result is there, tells it. */
function callOnce(command: Extract<Command, { name: 'call' }>, { results, tools }: Situation): Answer {
  const result = results.at(-1);
  if (result) return { say: result.failed ? `${command.tool} failed: ${result.text}` : result.text || `${command.tool} is done.` };
  const missing = !command.explicit && !tools.some((tool) => tool.name === command.tool);
  if (missing) return { say: `I was given no tool named ${command.tool}. /skills lists what I have.` };
  return { call: command.tool, argumentsJson: command.argumentsJson };
}

function answerFreely(text: string, situation: Situation): Answer {
  const offered = situation.tools.some((tool) => tool.name === 'memory_search');
  const result = situation.results.at(-1);
  if (offered && text !== '' && !result) {
    return { call: 'memory_search', argumentsJson: JSON.stringify({ query: text.slice(0, QUERY_CHARACTERS).toWellFormed() }) };
  }
  return { say: [heard(text, situation.question.parts), history(situation.earlier), memory(result), CONNECT].filter(Boolean).join('\n') };
}

function heard(text: string, parts: readonly UserPart[]): string {
  const attachments = parts.flatMap((part) => ('name' in part ? [part.name] : []));
  const unseen = attachments.length > 0 ? ` I cannot look into ${attachments.join(', ')}.` : '';
  return `I heard: “${quote(text)}”.${unseen}`;
}

function history(earlier: readonly ModelMessage[]): string {
  const questions = earlier.filter((message) => message.role === 'user');
  const last = questions.at(-1);
  if (!last) return '';
  const count = questions.length === 1 ? 'one earlier message' : `${String(questions.length)} earlier messages`;
  return `This conversation has ${count} of yours; the last was “${quote(textOf(last.parts))}”.`;
}

function memory(result: ToolMessage | undefined): string {
  if (!result) return '';
  return result.failed ? `Memory could not be searched: ${result.text}` : `Memory on this: ${result.text || 'nothing.'}`;
}

function listTools(tools: readonly ToolDefinition[]): string {
  if (tools.length === 0) return 'I was given no tools or skills.';
  return ['Tools and skills:', ...tools.map((tool) => `${tool.name}: ${tool.description}`)].join('\n');
}

function textOf(parts: readonly UserPart[]): string {
  return parts
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('\n')
    .trim();
}

function quote(text: string): string {
  return cutGraphemes(text, QUOTE_CHARACTERS);
}

function charactersOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + (message.role === 'user' ? textOf(message.parts) : message.text).length, 0);
}

function tokens(characters: number): number {
  return Math.ceil(characters / 4);
}
