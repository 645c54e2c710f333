import { hostname } from 'node:os';
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { Redactor } from './redactor.js';
import { currentRequestContext } from './request-context.js';

/** Structured log: a constant message, everything else in fields. `error` means that someone must act. */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'child' | 'level'>;

export interface LoggerOptions {
  readonly level: string;
  /** `gateway`, `reasoning`, …: the part of the system that speaks. */
  readonly component: string;
  readonly redactor?: Redactor;
  /** Where lines go; standard output by default. */
  readonly destination?: DestinationStream;
  /** Hears each line besides, as it goes out. */
  readonly sink?: LineSink;
}

/** Takes lines: at once, and without ever failing. */
export interface LineSink {
  take(line: string): void;
}

/** Lines are written together, a tenth of a second late at most: a write for each would cost more than the line. Rest: at exit. */
const BATCH_BYTES = 4096;
const FLUSH_MS = 100;
/**
 * What JSON lets through and a terminal, or a reader of lines, takes for more than text: DEL, C1 controls, line separators, marks that turn
 * the direction.
 */
const CONTROLS = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One JSON line per record, with the request id of the work at hand and without secrets. */
export function createLogger(options: LoggerOptions): Logger {
  const redactor = options.redactor ?? new Redactor();
  const destination = options.destination ?? pino.destination({ sync: false, minLength: BATCH_BYTES, periodicFlush: FLUSH_MS });
  const { sink } = options;
  return pino(
    {
      level: options.level,
      messageKey: 'message',
      base: { component: options.component, host: hostname() },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: (error: unknown) => error },
      // an object stays an object
      formatters: { level: (level) => ({ level }), log: (fields) => redactor.value(fields) as Record<string, unknown> },
      mixin: () => ({ ...currentRequestContext() }),
    },
    {
      write: (text) => {
        const line = visible(text);
        destination.write(line);
        sink?.take(line);
      },
    },
  );
}

/** A line in which each character is seen: JSON writes those below the blank as escapes, and here the others become such, as text. */
function visible(line: string): string {
  return line.replace(CONTROLS, (character) => `\\\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A logger that says nothing, for tests and tools. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
