import { styleText } from 'node:util';
import { defineCommand } from '../define-command.js';
import { examine, type Finding } from '../doctor-checks.js';
import { EXIT } from '../exit-codes.js';
import { JSON_FLAG } from '../options.js';
import { printableLine, toJson } from '../printable.js';
import { padTo } from '../text-width.js';

const COLORS = { ok: 'green', warning: 'yellow', wrong: 'red' } as const;

/** Exit code 1 where something is wrong; a warning is none. */
export const doctor = defineCommand({
  details: [
    'Looks at the version of Node, who may read the files with secrets, the disk, the port, the gateway with Postgres and Redis, the token,',
    'workers, models and what waits. Changes nothing. Exit code 1 where something is wrong; with --json one finding a line.',
  ],
  options: { json: JSON_FLAG },
  run: async ({ options }, terminal) => {
    const paint = ({ verdict }: Finding): string =>
      terminal.screen?.hasColors === true ? styleText(COLORS[verdict], padTo(verdict, 8), { validateStream: false }) : padTo(verdict, 8);
    let isWell = true;
    for await (const found of examine(terminal)) {
      if (found.verdict === 'wrong') isWell = false;
      const advice = found.advice === undefined ? '' : `${' '.repeat(20)}-> ${printableLine(found.advice)}\n`;
      terminal.out(
        options.json ? `${toJson(found)}\n` : `${paint(found)} ${padTo(found.what, 10)} ${printableLine(found.says)}\n${advice}`,
      );
    }
    return isWell ? EXIT.ok : EXIT.failed;
  },
});
