import type { Terminal } from './command.types.js';

/** How wide a table may be: as the screen, and as it must be where there is none. */
export function columnsOf({ screen }: Terminal): number {
  return screen?.columns() ?? Infinity;
}
