#!/usr/bin/env node
import { WriteStream } from 'node:tty';
import { Interruption, type Screen } from './command.types.js';
import { EXIT } from './exit-codes.js';
import { runCli } from './run-cli.js';

// eslint-disable-next-line no-restricted-properties -- libs/kernel/config takes longer to load than --help may take; it is given this
const env = Object.freeze({ ...process.env });
const controller = new AbortController();
let isListening = false;

// A reader that goes away, as in `openclaw logs -f | head -1`, is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    controller.abort(new Interruption('nobody reads the results any more', EXIT.ok));
  });
}
const screen = screenOf(process.stdout);
process.exitCode = await runCli(process.argv.slice(2), {
  env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  output: process.stdout,
  get input() {
    return process.stdin;
  },
  get signal() {
    return listen();
  },
  onInterrupt: (handler) => {
    process.on('SIGINT', handler);
    return () => process.off('SIGINT', handler);
  },
  isWatched: process.stderr.isTTY,
  ...(screen ? { screen } : {}),
});
// What was asked and not read, such as a pipe that nobody closes, does not keep the program.
process.stdin.destroy();

/** A command that asks for the signal sees to its end itself; all others are ended by the system, as every program is. */
function listen(): AbortSignal {
  if (isListening) return controller.signal;
  isListening = true;
  for (const [name, code] of [
    ['SIGINT', EXIT.interrupted],
    ['SIGTERM', EXIT.terminated],
  ] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(code); // a second one does not wait for the first
      controller.abort(new Interruption(name, code));
    });
  }
  return controller.signal;
}

/** @returns null for a pipe or a file, but where FORCE_COLOR says that it ends on a screen */
function screenOf(stream: NodeJS.WriteStream): Screen | null {
  const isForced = given('FORCE_COLOR') && env['FORCE_COLOR'] !== '0';
  if (!(stream instanceof WriteStream) && !isForced) return null;
  const isDumb = env['TERM'] === 'dumb';
  return {
    columns: () => Math.max(1, stream.columns || 80), // 0 where the other end of the terminal never said
    hasColors: isForced || !(given('NO_COLOR') || isDumb),
    hasCursor: stream.isTTY && !isDumb,
  };
}

function given(name: string): boolean {
  return (env[name] ?? '') !== '';
}
