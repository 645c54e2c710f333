import { configKeys, type ConfigKey } from './config-keys.js';
import { PROVIDER_DEFAULTS } from './derive-providers.js';
import { ALIASES } from './read-environment.js';

/** The well-known names that stand for no single key, and what they do. */
const OTHER_VARIABLES = {
  ANTHROPIC_API_KEY: 'Key of an `anthropic` provider',
  OPENAI_API_KEY: 'Key of an `openai` provider',
  OPENAI_API_BASE_URL: 'Address of an `openai` provider; any other than OpenAI’s own makes it `openai-compatible`',
  GOOGLE_API_KEY: 'Key of a `google` provider',
  OLLAMA_BASE_URL: 'Address of an `ollama` provider, such as `http://host.docker.internal:11434`',
  OPENCLAW_HOME: 'Under Compose: the folder on this machine with `gateway.yaml` and `soul.md`; `~/.openclaw` by default',
  OPENCLAW_DATA_DIR: 'Without Compose: where the gateway keeps its token; `~/.openclaw` by default',
  OPENCLAW_CONFIG_DIR: 'Without Compose: where `gateway.yaml` and `soul.md` are; the data folder by default',
} as const;

const INTRODUCTION = `<!-- Generated from the schema by scripts/generate-docs.mjs. Do not edit. -->
# Configuration

Nothing has to be configured. What you set comes from two places, and the second wins:

1. \`gateway.yaml\` in \`~/.openclaw\` (in \`OPENCLAW_CONFIG_DIR\`, else in \`OPENCLAW_DATA_DIR\`, where they are set).
2. The environment: \`OPENCLAW_\` and the key's path in capitals, joined by two underscores. Compose reads it from \`.env\` too.

In the file, \`\${NAME}\` is the value of an environment variable, \`\${NAME:-default}\` has a default for where it is unset or empty,
and \`$\${\` stands for the characters themselves. An empty value counts as not set, in the file and in the environment alike.
Unknown keys and variables are errors. A start with a wrong configuration names every problem at once and ends;
\`openclaw config check\` does the same without starting anything, and prints the configuration in force.

\`\`\`yaml
gateway:
  auth: { token: "\${GATEWAY_AUTH_TOKEN}" }
  rate_limit: { requests_per_minute: 120 }
providers:
  primary: { type: anthropic, api_key: "\${ANTHROPIC_API_KEY}" }
\`\`\``;

const CHANGES = `A key that is *live* is taken up by every process within two seconds of a change to \`gateway.yaml\`; runs that have begun keep what
they began with. All others count from the next start. A file that is wrong changes nothing: the last good one stays in force, and the log
says what is wrong. Under Compose, \`docker compose run --rm config\` hands a changed file on. The environment is read at the start alone.`;

const OVER_API = `\`PUT /api/v1/config\` lays changes over file and environment: defaults < \`gateway.yaml\` < environment < API. The file is never written;
what the API changed is kept in Postgres, with every earlier state of it (\`GET /api/v1/config/revisions\`). While such a change stands, the
variable of its key has no effect: the reply names it under \`overrides\`, so does \`GET /api/v1/status\`, and so does a warning at each start.
\`null\` takes the change back. See [api.md](api.md#configuration-over-the-api).`;

const PROVIDERS = `An entry under \`providers\` that has no \`model\`, \`api_key\` or \`base_url\` takes those of its type. Where \`providers.primary\` has no
\`type\`, the first of these that is set decides: \`ANTHROPIC_API_KEY\`, \`OPENAI_API_KEY\` or \`OPENAI_API_BASE_URL\`, \`GOOGLE_API_KEY\`,
\`OLLAMA_BASE_URL\`. With none of them the agent runs offline, without a language model. An \`openai-compatible\` entry with a
\`base_url\` of its own gets no key from the environment: OpenAI's key is not for other servers.`;

const TOKEN = `The gateway token has at least 16 characters and is no placeholder. Where none is set, the first start makes one of 256 random bits
and keeps it in the data folder; \`openclaw token show\` prints it.`;

/** The page that documents every key: docs/configuration.md as it has to be. */
export function configReference(): string {
  const keys = configKeys();
  return [
    INTRODUCTION,
    TOKEN,
    '## Well-known variables',
    table(
      ['Variable', 'Stands for'],
      [
        ...Object.entries(ALIASES).map(([variable, path]) => [code(variable), code(path)]),
        ...Object.entries(OTHER_VARIABLES).map(([variable, meaning]) => [code(variable), meaning]),
      ],
    ),
    '## Providers',
    PROVIDERS,
    table(['Type', 'Model', 'Key', 'Address'], providerRows()),
    '## Every key',
    CHANGES,
    OVER_API,
    ...sectionsOf(keys).flatMap(([section, members]) => [
      `### ${section}`,
      table(['Key', 'Variable', 'Default', 'Change', 'Meaning'], members.map(keyRow)),
    ]),
  ]
    .join('\n\n')
    .concat('\n');
}

/** A sample `.env` with every variable and its default, all commented out: deploy/.env.example as it has to be. */
export function envExample(): string {
  const aliases = new Map<string, string>(Object.entries(ALIASES).map(([variable, path]) => [path, variable]));
  const keys = configKeys().map((key) => ({ key, alias: aliases.get(key.path.join('.')) }));
  const rest = keys.flatMap(({ key, alias }) => (alias === undefined ? [key] : []));
  return [
    '# Generated from the schema by scripts/generate-docs.mjs. Do not edit; copy it to .env and take the # off what you set.',
    '# docs/configuration.md says the same at more length. Empty values count as not set.',
    '',
    ...keys.flatMap(({ key, alias }) => (alias === undefined ? [] : exampleLines(key, alias))),
    ...Object.entries(OTHER_VARIABLES).flatMap(([variable, meaning]) => [`# ${plain(meaning)}`, `#${variable}=`]),
    ...sectionsOf(rest).flatMap(([section, members]) => [
      '',
      `## ${section}`,
      ...members.flatMap((key) => exampleLines(key, key.variable)),
    ]),
    '',
  ].join('\n');
}

/** Keys by their first name, in the order of the schema. */
function sectionsOf(keys: readonly ConfigKey[]): [string, ConfigKey[]][] {
  return Object.entries(Object.groupBy(keys, (key) => key.path[0] ?? '')).map(([section, members]) => [section, members ?? []]);
}

function keyRow(key: ConfigKey): string[] {
  return [code(key.path.join('.')), code(key.variable), code(textOf(key.defaultValue)), changeOf(key), meaningOf(key)];
}

function changeOf({ live, local }: ConfigKey): string {
  if (live) return 'live';
  return local ? 'restart, not over the API' : 'restart';
}

function providerRows(): string[][] {
  return Object.entries(PROVIDER_DEFAULTS).map(([type, { model, keyVariable = '', baseUrlVariable = '' }]) => [
    code(type),
    code(model),
    code(keyVariable),
    code(baseUrlVariable),
  ]);
}

function exampleLines(key: ConfigKey, variable: string): string[] {
  const meaning = meaningOf(key);
  return [...(meaning === '' ? [] : [`# ${plain(meaning)}`]), `#${variable}=${textOf(key.defaultValue)}`];
}

function meaningOf({ description, accepts }: ConfigKey): string {
  return [description, accepts === '' ? '' : `(${accepts})`].filter(Boolean).join(' ');
}

/** A default as a person would write it in the environment. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

function plain(markdown: string): string {
  return markdown.replaceAll('`', '');
}
