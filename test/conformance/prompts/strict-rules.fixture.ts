import { isBlank } from '@openclaw/words';
import { at, items, stringsUnder } from '../providers/sse.js';
import type { Wire } from '../providers/wire.types.js';

/**
 * What the strictest servers of each wire refuse: https://platform.openai.com/docs/api-reference, https://docs.anthropic.com/en/api/errors,
 * https://ai.google.dev/api, https://docs.mistral.ai/api, chat templates of vLLM and llama.cpp.
 */
type Complain = (problem: string) => void;

const STRING_CHARACTERS_MAX = 1_048_576;
const TOOL_NAME = /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/;
/** Mistral's, or the reader's own as it wrote them: here they begin with `own`. */
const CHAT_ID = /^(?:[a-zA-Z0-9]{9}|own[!-~]*)$/;
const NARROW_ID = /^[a-zA-Z0-9_-]{1,64}$/;
const CACHE_MARKS_MAX = 4;
const INLINE_BYTES_MAX = 20_000_000;
const IMAGES_MAX = 100;

/** What is wrong with a request body on that wire; nothing for one that every server takes. */
export function problemsOf(type: Wire['type'], body: unknown): string[] {
  const problems: string[] = [];
  const complain: Complain = (problem) => problems.push(problem);
  checkText(body, complain);
  for (const name of stringsUnder(at(body, 'tools'), 'name')) if (!TOOL_NAME.test(name)) complain(`tool name ${name}`);
  CHECKS[type](body, complain);
  return problems;
}

/** Every text of the body, keys too: plain, and no longer than a string may be. */
function checkText(body: unknown, complain: Complain): void {
  const json = JSON.stringify(body);
  if (/(?:^|[^\\])(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i.test(json)) complain('U+0000 or a lone surrogate');
  if (json.length > INLINE_BYTES_MAX) complain(`a body of ${String(json.length)} characters`);
}

/** A walk along the turns of a conversation. */
class Turns {
  readonly #complain: Complain;
  #last = 'start';
  #open: string[] = [];
  readonly #ids = new Set<string>();

  constructor(complain: Complain) {
    this.#complain = complain;
  }

  user(): void {
    if (this.#last !== 'start' && this.#last !== 'assistant') this.#complain(`user after ${this.#last}`);
    this.#go('user');
  }

  assistant(calls: readonly { id: string; name: string }[], pattern: RegExp): void {
    if (this.#last !== 'user' && this.#last !== 'tool') this.#complain(`assistant after ${this.#last}`);
    this.#go(calls.length > 0 ? 'calls' : 'assistant');
    this.#open = calls.map(({ id }) => id);
    for (const { id, name } of calls) {
      if (!pattern.test(id)) this.#complain(`id ${id}`);
      if (this.#ids.has(id)) this.#complain(`id twice: ${id}`);
      this.#ids.add(id);
      if (!TOOL_NAME.test(name)) this.#complain(`called name ${name}`);
    }
  }

  result(id: string): void {
    if (!this.#open.includes(id)) this.#complain(`result without its call: ${id}`);
    this.#open = this.#open.filter((open) => open !== id);
    if (this.#open.length === 0) this.#last = 'tool';
  }

  end(): void {
    if (this.#open.length > 0) this.#complain(`calls without result: ${this.#open.join()}`);
    if (this.#last !== 'user' && this.#last !== 'tool') this.#complain(`ends with ${this.#last}`);
  }

  #go(to: string): void {
    if (this.#open.length > 0) this.#complain(`${to} before the results of ${this.#open.join()}`);
    this.#open = [];
    this.#last = to;
  }
}

function needText(value: unknown, where: string, complain: Complain): void {
  if (typeof value !== 'string' || isBlank(value)) complain(`${where}: no text: ${JSON.stringify(value)}`);
  else if (value.length > STRING_CHARACTERS_MAX) complain(`${where}: too long`);
}

function needObject(value: unknown, where: string, complain: Complain): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) complain(`${where}: no object: ${JSON.stringify(value)}`);
}

function parsed(json: unknown): unknown {
  try {
    return typeof json === 'string' ? JSON.parse(json) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function checkChat(body: unknown, complain: Complain): void {
  const turns = new Turns(complain);
  items(at(body, 'messages')).forEach((message, index) => {
    const content = at(message, 'content');
    const calls = items(at(message, 'tool_calls'));
    switch (at(message, 'role')) {
      case 'system':
        if (index > 0) complain('a system message behind others');
        needText(content, 'system', complain);
        break;
      case 'user':
        turns.user();
        checkChatUser(content, complain);
        break;
      case 'assistant':
        turns.assistant(
          calls.map((call) => ({ id: String(at(call, 'id')), name: String(at(call, 'function', 'name')) })),
          CHAT_ID,
        );
        if (calls.length === 0 || (content !== null && content !== undefined)) needText(content, 'assistant', complain);
        for (const call of calls) needObject(parsed(at(call, 'function', 'arguments')), 'arguments', complain);
        break;
      case 'tool':
        turns.result(String(at(message, 'tool_call_id')));
        needText(content, 'tool', complain);
        break;
      default:
        complain(`role ${String(at(message, 'role'))}`);
    }
  });
  turns.end();
}

/** Text alone must be one string: many servers know nothing else. */
function checkChatUser(content: unknown, complain: Complain): void {
  const parts = items(content);
  if (!Array.isArray(content)) needText(content, 'user', complain);
  else if (parts.every((part) => at(part, 'type') === 'text')) complain('user: text in parts');
  for (const part of parts) {
    if (at(part, 'type') === 'text') needText(at(part, 'text'), 'user', complain);
    else if (!String(at(part, 'image_url', 'url')).startsWith('data:image/')) complain(`part ${JSON.stringify(part).slice(0, 100)}`);
  }
}

function checkAnthropic(body: unknown, complain: Complain): void {
  const turns = new Turns(complain);
  const system = at(body, 'system');
  for (const block of items(system)) needText(at(block, 'text'), 'system', complain);
  if (system !== undefined && !Array.isArray(system)) needText(system, 'system', complain);
  let previous = '';
  for (const message of items(at(body, 'messages'))) {
    const role = String(at(message, 'role'));
    const blocks = items(at(message, 'content'));
    if (role === previous) complain(`${role} twice`);
    previous = role;
    if (blocks.length === 0) complain(`${role} without content`);
    if (role === 'assistant') checkAnthropicAssistant(blocks, turns, complain);
    else checkAnthropicUser(blocks, turns, complain);
  }
  turns.end();
  const marks = JSON.stringify(body).split('"cache_control"').length - 1;
  if (marks > CACHE_MARKS_MAX) complain(`${String(marks)} cache marks`);
  if (!Number.isInteger(at(body, 'max_tokens'))) complain('no max_tokens');
}

function checkAnthropicAssistant(blocks: readonly unknown[], turns: Turns, complain: Complain): void {
  const calls = blocks.filter((block) => at(block, 'type') === 'tool_use');
  turns.assistant(
    calls.map((call) => ({ id: String(at(call, 'id')), name: String(at(call, 'name')) })),
    NARROW_ID,
  );
  for (const block of blocks) {
    if (at(block, 'type') === 'text') needText(at(block, 'text'), 'assistant', complain);
    if (at(block, 'type') === 'tool_use') needObject(at(block, 'input'), 'input', complain);
  }
}

function checkAnthropicUser(blocks: readonly unknown[], turns: Turns, complain: Complain): void {
  const results = blocks.filter((block) => at(block, 'type') === 'tool_result');
  const rest = blocks.filter((block) => at(block, 'type') !== 'tool_result');
  if (results.length > 0 && at(blocks[0], 'type') !== 'tool_result') complain('results behind other content');
  for (const result of results) {
    turns.result(String(at(result, 'tool_use_id')));
    const content = at(result, 'content');
    if (Array.isArray(content)) for (const part of items(content)) needText(at(part, 'text'), 'result', complain);
    else needText(content, 'result', complain);
  }
  if (rest.length > 0) turns.user();
  if (rest.filter((block) => at(block, 'type') === 'image').length > IMAGES_MAX) complain('too many images');
  for (const block of rest) if (at(block, 'type') === 'text') needText(at(block, 'text'), 'user', complain);
}

function checkResponses(body: unknown, complain: Complain): void {
  const turns = new Turns(complain);
  const input = items(at(body, 'input'));
  for (let index = 0; index < input.length; index += 1) {
    const turn = [input[index]];
    if (isOfModel(turn[0]) || at(turn[0], 'role') === 'assistant') while (isOfModel(input[index + 1])) turn.push(input[(index += 1)]);
    checkResponsesItem(turn, index === 0, turns, complain);
  }
  turns.end();
}

function checkResponsesItem(turn: readonly unknown[], isFirst: boolean, turns: Turns, complain: Complain): void {
  const [item] = turn;
  switch (at(item, 'role') ?? at(item, 'type')) {
    case 'system':
    case 'developer':
      needText(at(item, 'content'), 'system', complain);
      if (!isFirst) complain('a system message behind others');
      break;
    case 'user':
      checkResponsesUser(item, turns, complain);
      break;
    case 'function_call_output':
      turns.result(String(at(item, 'call_id')));
      needText(at(item, 'output'), 'output', complain);
      break;
    default:
      checkResponsesTurn(turn, turns, complain);
  }
}

function isOfModel(item: unknown): boolean {
  return at(item, 'type') === 'function_call' || (at(item, 'role') === undefined && at(item, 'type') === 'reasoning');
}

function checkResponsesUser(item: unknown, turns: Turns, complain: Complain): void {
  turns.user();
  const parts = items(at(item, 'content'));
  if (parts.length === 0) complain('user without content');
  for (const part of parts) if (at(part, 'type') === 'input_text') needText(at(part, 'text'), 'user', complain);
}

function checkResponsesTurn(turn: readonly unknown[], turns: Turns, complain: Complain): void {
  const calls = turn.filter((item) => at(item, 'type') === 'function_call');
  turns.assistant(
    calls.map((call) => ({ id: String(at(call, 'call_id')), name: String(at(call, 'name')) })),
    NARROW_ID,
  );
  for (const call of calls) needObject(parsed(at(call, 'arguments')), 'arguments', complain);
  for (const item of turn) for (const part of items(at(item, 'content'))) needText(at(part, 'text'), 'assistant', complain);
}

function checkGoogle(body: unknown, complain: Complain): void {
  const turns = new Turns(complain);
  for (const part of items(at(body, 'systemInstruction', 'parts'))) needText(at(part, 'text'), 'system', complain);
  let calls: readonly string[] = [];
  items(at(body, 'contents')).forEach((content, index) => {
    const parts = items(at(content, 'parts'));
    if (parts.length === 0) complain('content without parts');
    for (const part of parts)
      if (at(part, 'text') !== undefined && at(part, 'thoughtSignature') === undefined) needText(at(part, 'text'), 'text', complain);
    const results = namesOf(parts, 'functionResponse');
    if (at(content, 'role') === 'model') {
      calls = namesOf(parts, 'functionCall');
      turns.assistant(
        calls.map((name, nth) => ({ id: `${String(index)}_${String(nth)}`, name })),
        NARROW_ID,
      );
    } else if (results.length === 0) {
      turns.user();
    } else {
      if (results.length !== parts.length) complain('results beside other parts');
      if (results.join() !== calls.join()) complain(`results of ${results.join()} for calls of ${calls.join()}`);
      for (const nth of results.keys()) turns.result(`${String(index - 1)}_${String(nth)}`);
    }
  });
  turns.end();
}

/** They have no ids: the order is what pairs them. */
function namesOf(parts: readonly unknown[], kind: 'functionCall' | 'functionResponse'): string[] {
  return parts.filter((part) => at(part, kind) !== undefined).map((part) => String(at(part, kind, 'name')));
}

const CHECKS: Readonly<Record<Wire['type'], (body: unknown, complain: Complain) => void>> = {
  'openai-compatible': checkChat,
  ollama: checkChat,
  openai: checkResponses,
  anthropic: checkAnthropic,
  google: checkGoogle,
};
