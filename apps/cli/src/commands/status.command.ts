import type { Health, Status } from '@openclaw/sdk';
import { defineCommand } from '../define-command.js';
import { EXIT } from '../exit-codes.js';
import { connect } from '../gateway-client.js';
import { JSON_FLAG } from '../options.js';
import { toJson } from '../printable.js';
import { toFacts, toSpan } from '../to-facts.js';

/** Exit code 1 where something is not well. */
export const health = defineCommand({
  details: ['Exit code 1 where something is not well.'],
  options: { json: JSON_FLAG },
  run: async ({ options }, terminal) => {
    const answer = await (await connect(terminal)).health();
    terminal.out(options.json ? `${toJson(answer)}\n` : toFacts(healthFacts(answer)));
    return answer.status === 'ok' ? EXIT.ok : EXIT.failed;
  },
});

/** Exit code 1 where something is not well. */
export const status = defineCommand({
  details: ['Exit code 1 where something is not well.'],
  options: { json: JSON_FLAG },
  run: async ({ options }, terminal) => {
    const answer = await (await connect(terminal)).status();
    terminal.out(options.json ? `${toJson(answer)}\n` : toFacts(statusFacts(answer)));
    return answer.status === 'ok' ? EXIT.ok : EXIT.failed;
  },
});

type Fact = readonly [name: string, ...values: readonly string[]];

function healthFacts({
  status: state,
  version,
  uptime_seconds: uptime,
  checks = {},
}: Omit<Health, 'checks'> & { readonly checks?: object }): Fact[] {
  return [
    ['status', state],
    ['version', version],
    ['up', toSpan(uptime)],
    ...Object.entries(checks).map(([name, value]): Fact => [name, String(value)]),
  ];
}

function statusFacts(answer: Status): Fact[] {
  const { reasoning, memory, skills, channels, queue, usage } = answer;
  return [
    ['status', answer.status],
    ['version', `${answer.version}, up ${toSpan(answer.uptime_seconds)}`],
    ['gateway', `${answer.gateway.bind}:${String(answer.gateway.port)}, authentication ${answer.gateway.auth_enabled ? 'on' : 'OFF'}`],
    [
      'model',
      `${reasoning.primary_provider}/${reasoning.primary_model}: ${String(reasoning.total_requests)} requests, ${String(Math.round(reasoning.avg_latency_ms))} ms on average`,
    ],
    [
      'providers',
      ...reasoning.providers.map(
        ({ name, type, model, state, last_error: error }) =>
          `${name}: ${type}/${model} ${state === 'closed' ? 'ok' : state}${error === null ? '' : `, ${error}`}`,
      ),
    ],
    [
      'memory',
      `${String(memory.wal_entries)} entries, ${String(memory.compacted_files)} documents, ${String(memory.total_size_mb)} MB; embedder ${memory.embedder.state}`,
    ],
    ['skills', `${String(skills.active)} of ${String(skills.installed)} active`],
    [
      'channels',
      ...(channels.connected.length > 0 ? [`connected: ${channels.connected.join(', ')}`] : []),
      ...(channels.disconnected.length > 0 ? [`disconnected: ${channels.disconnected.join(', ')}`] : []),
    ],
    [
      'queue',
      `${String(queue.waiting)} waiting, ${String(queue.active)} active, ${String(queue.delayed)} delayed, ${String(queue.failed)} failed`,
    ],
    ['gateways', ...processes(answer.gateways)],
    ['workers', ...(answer.workers.length === 0 ? ['none: nothing is answered'] : processes(answer.workers))],
    [
      'today',
      `${String(usage.messages)} messages, ${String(usage.input_tokens)} tokens in, ${String(usage.output_tokens)} out${usage.cost_usd === null ? '' : `, $${usage.cost_usd.toFixed(2)}`}`,
    ],
    ['restart', ...answer.restart_pending.map((path) => `${path} counts from the next start on`)],
    ['overridden', ...answer.overrides.map(({ path, variable }) => `${variable} has no effect: the API changed ${path}`)],
  ];
}

function processes(all: Status['workers']): string[] {
  return all.map(({ id, host, started_at: since, active }) => `${host} (${id}), since ${since}, ${String(active)} in hand`);
}
