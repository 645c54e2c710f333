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
}

/** Lines are written together, a tenth of a second late at most: a write for each would cost more than the line. Rest: at exit. */
const BATCH_BYTES = 4096;
const FLUSH_MS = 100;

/** One JSON line per record, with the request id of the work at hand and without secrets. */
export function createLogger(options: LoggerOptions): Logger {
  const redactor = options.redactor ?? new Redactor();
  return pino(
    {
      level: options.level,
      messageKey: 'message',
      base: { component: options.component },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: (error: unknown) => error },
      formatters: { level: (level) => ({ level }), log: (fields) => redactor.value(fields) as Record<string, unknown> }, // an object stays an object
      mixin: () => ({ ...currentRequestContext() }),
    },
    options.destination ?? pino.destination({ sync: false, minLength: BATCH_BYTES, periodicFlush: FLUSH_MS }),
  );
}

/** A logger that says nothing, for tests and tools. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
