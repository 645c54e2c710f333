import { changeByHand } from '@openclaw/configuration';
import { probeProvider, type ProviderReport, suggestFor } from '@openclaw/models';
import { PROVIDER_ENTRIES, type Config, type ProviderEntry } from '@openclaw/words';
import type { Terminal } from '../command.types.js';
import { currentSettings } from '../current-settings.js';
import { defineCommand } from '../define-command.js';
import { OPERATOR } from '../operator.js';
import { flag, JSON_FLAG, optional } from '../options.js';
import { UsageError } from '../usage-error.js';
import { withDatabase } from '../with-database.js';

interface Checked {
  readonly name: ProviderEntry;
  readonly type: string;
  readonly model: string;
  readonly report: ProviderReport;
}

/** Exit code 1 where a provider does not answer. */
export const providerCheck = defineCommand({
  details: [
    'One question in words, one with a tool, one with a picture: they cost what the provider takes for them.',
    'Prints the latency to the first token, what the provider can do, and what to write into gateway.yaml.',
    'With --save that is written into the configuration, as over the API: each process knows it within two seconds.',
  ],
  args: { provider: optional('all that are configured where it is left out', { values: PROVIDER_ENTRIES }) },
  options: { json: JSON_FLAG, save: flag('write what was found into the configuration') },
  run: async ({ args, options }, terminal) => {
    const settings = await currentSettings(terminal);
    const config = settings.get();
    const checked: Checked[] = [];
    for (const name of namesIn(args.provider, config)) {
      const one = await check(name, config);
      checked.push(one);
      terminal.out(options.json ? `${JSON.stringify(toJson(one))}\n` : describe(one));
    }
    const found = checked
      .flatMap(({ name, report }) => (report.problem ? [] : [[name, suggestFor(report)] as const]))
      .filter(([, told]) => told);
    if (options.save && found.length > 0) {
      const patch = { providers: Object.fromEntries(found) };
      const { revision } = await withDatabase(terminal, 'configuration', (database) =>
        changeByHand(OPERATOR, { database, settings, patch }),
      );
      terminal.err(`saved as revision ${String(revision)} of the configuration\n`);
    }
    if (checked.length === 0) return nothing(terminal);
    return checked.every(({ report }) => report.problem === null) ? 0 : 1;
  },
});

function namesIn(name: string | undefined, { providers }: Config): ProviderEntry[] {
  const isModel = (entry: ProviderEntry): boolean => providers[entry] !== undefined && providers[entry].type !== 'offline';
  if (name === undefined) return PROVIDER_ENTRIES.filter(isModel);
  const entry = PROVIDER_ENTRIES.find((known) => known === name);
  if (entry === undefined) throw new UsageError('name one of primary, secondary and local');
  if (!isModel(entry)) throw new Error(`providers.${entry} is no language model. Set its type and api_key first.`);
  return [entry];
}

function nothing(terminal: Terminal): number {
  terminal.err('openclaw: no language model is configured; replies come from builtin/offline\n');
  return 1;
}

async function check(name: ProviderEntry, config: Config): Promise<Checked> {
  const { agent, providers, proxy } = config;
  const { type = '', model = '' } = providers[name] ?? {};
  const timeouts = { connectMs: agent.connect_timeout_ms, firstTokenMs: agent.first_token_timeout_ms, stallMs: agent.stall_timeout_ms };
  const report = await probeProvider(name, {
    providers,
    timeouts,
    proxies: { http: proxy.http || null, https: proxy.https || null, except: proxy.except },
  });
  return { name, type, model, report };
}

function toJson({ name, type, model, report }: Checked): object {
  const { problem, firstTokenMs, capabilities, thinks, leaveOut } = report;
  const ok = problem === null;
  return {
    provider: name,
    type,
    model,
    ok,
    problem,
    first_token_ms: firstTokenMs,
    capabilities,
    thinks,
    leave_out: leaveOut,
    suggestion: ok ? suggestFor(report) : null,
  };
}

function describe({ name, type, model, report }: Checked): string {
  const head = `providers.${name}: ${type}/${model}`;
  if (report.problem)
    return [
      head,
      `  does not answer: ${report.problem.message}`,
      ...(report.problem.reason === null ? [] : [`  it says: ${report.problem.reason}`]),
      '',
    ].join('\n');
  const abilities = Object.entries(report.capabilities).map(
    ([ability, can]) => `  ${ability.padEnd(10)} ${can === null ? 'not known' : can ? 'yes' : 'no'}`,
  );
  const latency = report.firstTokenMs === null ? 'no word came' : `${String(report.firstTokenMs)} ms`;
  return [
    head,
    `  first token ${latency}`,
    ...abilities,
    `  thoughts   ${report.thinks ? 'told' : 'not told'}`,
    ...advice(name, report),
    '',
  ].join('\n');
}

function advice(name: ProviderEntry, report: ProviderReport): string[] {
  const suggestion = suggestFor(report);
  if (suggestion === null) return ['  gateway.yaml needs nothing more'];
  const lines = Object.entries(suggestion).map(([key, value]) => `      ${key}: ${JSON.stringify(value)}`);
  return ['  write into gateway.yaml:', '  providers:', `    ${name}:`, ...lines];
}
