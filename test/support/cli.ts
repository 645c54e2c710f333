import { Readable } from 'node:stream';
import type { Screen } from '../../apps/cli/src/command.types.js';
import { runCli } from '../../apps/cli/src/run-cli.js';
import { TEST_TOKEN } from './test-system.js';

/** What a command line came to. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How a command line is run: nothing is piped in, and there is no screen, where they are left out. */
export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | readonly (string | Buffer)[];
  readonly screen?: Screen;
  readonly signal?: AbortSignal;
  /** Told each piece of the results as it is written. */
  readonly onOut?: (text: string) => void;
}

/** A screen of that many columns without colours. */
export function plainScreen(columns: number): Screen {
  return { columns: () => columns, hasColors: false, hasCursor: false };
}

/** Runs `openclaw` in this process against a gateway, by its own token; nothing of the host's environment or home is seen. */
export async function openclaw(gateway: { readonly url: string }, args: readonly string[], options: CliOptions = {}): Promise<Outcome> {
  const { env = {}, input, screen, signal, onOut = () => undefined } = options;
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    env: { OPENCLAW_BASE_URL: gateway.url, GATEWAY_AUTH_TOKEN: TEST_TOKEN, OPENCLAW_DATA_DIR: '/nonexistent', ...env },
    homeDir: '/nonexistent',
    out: (text) => {
      out += text;
      onOut(text);
    },
    err: (text) => {
      err += text;
    },
    ...(input === undefined ? {} : { input: Readable.from(typeof input === 'string' ? [input] : input) }),
    ...(screen ? { screen } : {}),
    ...(signal ? { signal } : {}),
  });
  return { code, out, err };
}
