import { createLogger, type Logger } from '@openclaw/telemetry';
import { until } from './until.js';

/** A log line as it was written. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface CapturedLog {
  readonly logger: Logger;
  readonly lines: readonly LogLine[];
  /** Everything that was logged, as text. */
  text(): string;
  /** The first line that has all of these fields, once it is there. */
  find(fields: LogLine): Promise<LogLine>;
}

/** A real logger, at its most talkative, whose lines stay in memory. */
export function captureLog(component = 'gateway'): CapturedLog {
  const lines: LogLine[] = [];
  const write = (text: string): void => {
    for (const line of text.split('\n').filter(Boolean)) lines.push(JSON.parse(line) as LogLine); // pino writes objects only
  };
  return {
    logger: createLogger({ level: 'trace', component, destination: { write } }),
    lines,
    text: () => JSON.stringify(lines),
    find: (fields) =>
      until(`a log line with ${JSON.stringify(fields)}`, () =>
        lines.find((line) => Object.entries(fields).every(([key, value]) => line[key] === value)),
      ),
  };
}
