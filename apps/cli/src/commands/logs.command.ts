import { styleText } from 'node:util';
import type { LogGap, LogLine } from '@openclaw/sdk';
import type { Terminal } from '../command.types.js';
import { defineCommand } from '../define-command.js';
import { EXIT } from '../exit-codes.js';
import { connect } from '../gateway-client.js';
import { given } from '../given.js';
import { choice, flag, JSON_FLAG, text, whole } from '../options.js';
import { printableLine, toJson } from '../printable.js';

/** What stands at the beginning of a line, or is of no use to who reads it. */
const SHOWN = new Set(['time', 'level', 'component', 'message', 'position', 'host']);
const COLORS: Readonly<Record<string, 'red' | 'yellow' | 'gray'>> = {
  error: 'red',
  fatal: 'red',
  warn: 'yellow',
  debug: 'gray',
  trace: 'gray',
};

/** Follows until Ctrl-C, or until whoever reads it goes away. */
export const logs = defineCommand({
  details: ['What every process of the gateway says, the newest last. Wants the scope admin.'],
  options: {
    follow: flag('go on with whatever comes', 'f'),
    lines: whole('<n>', 'how many, the newest', { short: 'n', min: 1, max: 1000, initial: 50 }),
    level: choice('<level>', 'the least', ['trace', 'debug', 'info', 'warn', 'error']),
    component: choice('<part>', 'of this part', ['gateway', 'reasoning', 'memory', 'skills', 'channels', 'migrate']),
    since: text('<time>', 'no line that is older than this time, or date'),
    until: text('<time>', 'no line that is newer'),
    request: text('<id>', 'what that request caused, in every service'),
    conversation: text('<id>', 'what happened in that conversation'),
    query: text('<text>', 'that have this text, in any case', { short: 'q' }),
    json: JSON_FLAG,
  },
  run: async ({ options }, terminal) => {
    const { follow, json, request, conversation, query, ...others } = options;
    const asked = given({ ...others, request_id: request, conversation_id: conversation, q: query });
    const show = (line: LogLine | LogGap): unknown => terminal.out(`${json ? toJson(line) : lineOf(line, terminal)}\n`);
    const client = await connect(terminal);
    if (!follow) (await client.logs.list(asked)).logs.forEach(show);
    else for await (const line of client.logs.follow(asked, given({ signal: terminal.signal }))) show(line);
    return EXIT.ok;
  },
});

function lineOf(line: LogLine | LogGap, { screen }: Terminal): string {
  if (!('message' in line)) return '… some lines are missing here: they were let go of …';
  const { time, level, component, message } = line;
  const fields = Object.entries(line).filter(([name]) => !SHOWN.has(name));
  const told = fields.map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : toJson(value)}`).join('');
  const text = printableLine(`${time} ${level.padEnd(5)} ${component.padEnd(9)} ${message}${told}`);
  const color = COLORS[level];
  return screen?.hasColors === true && color !== undefined ? styleText(color, text, { validateStream: false }) : text;
}
