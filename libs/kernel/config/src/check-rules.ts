import { BlockList, isIP } from 'node:net';
import { PROVIDER_ENTRIES, type Config, type Issue } from '@openclaw/words';
import { findTokenProblem } from './check-token.js';

/** A key goes out in a header, which has no room for anything but visible ASCII (RFC 9110 5.5). Blanks around it are taken off. */
const SENDABLE = /^[\x20-\x7e]*$/;
const UNSENDABLE = 'holds a character that cannot be sent, such as a typographic dash, a quotation mark or a line break: copy it anew';

/** Names that no model at the vendor's own address has. */
const FOREIGN_MODELS: Partial<Record<string, RegExp>> = {
  anthropic: /^(?!claude)/i,
  openai: /^(?:claude|gemini|llama|mistral|deepseek|qwen|grok|[a-z-]+\/)/i,
  google: /^(?:claude|gpt-|o\d|llama|mistral|deepseek|qwen|grok|(?!models\/|tunedModels\/)[a-z-]+\/)/i,
};

/** What a schema cannot say: how values fit together, and what would be accepted and then not work. */
export function checkRules(config: Config): Issue[] {
  return [
    ...checkGateway(config.gateway),
    ...checkWorker(config.worker),
    ...checkProviders(config.providers),
    ...checkEmbeddings(config.memory.embeddings),
    ...checkAddresses(config),
  ];
}

function checkGateway({ bind, auth, allowed_hosts, allowed_origins }: Config['gateway']): Issue[] {
  const tokenProblem = auth.token === '' ? null : findTokenProblem(auth.token);
  const isAddress = bind === 'localhost' || isIP(bind) !== 0;
  return [
    ...rule(isAddress, 'gateway.bind', 'must be an IP address or localhost'),
    ...rule(auth.enabled || isLoopback(bind), 'gateway.auth.enabled', 'may be false only where gateway.bind is a loopback address'),
    ...rule(tokenProblem === null, 'gateway.auth.token', tokenProblem ?? ''),
    ...allowed_hosts.flatMap((host, index) =>
      rule(
        /^[^\s/:@]+$|^\[[\da-f:.]+\]$/i.test(host),
        `gateway.allowed_hosts.${String(index)}`,
        'must be a host name without scheme, port and path',
      ),
    ),
    ...allowed_origins.flatMap((origin, index) =>
      rule(isOrigin(origin), `gateway.allowed_origins.${String(index)}`, 'must be an origin such as https://example.org, without a path'),
    ),
  ];
}

function checkWorker({ heartbeat_ms, lease_ms }: Config['worker']): Issue[] {
  return rule(
    heartbeat_ms < lease_ms / 2,
    'worker.heartbeat_ms',
    'must be under half of worker.lease_ms, so that one lost heartbeat does not lose a run',
  );
}

function checkProviders({ routing, ...providers }: Config['providers']): Issue[] {
  const addresses = PROVIDER_ENTRIES.flatMap((name) => {
    const entry = providers[name];
    const isReachable = entry?.type !== 'openai-compatible' || entry.base_url !== undefined;
    return rule(isReachable, `providers.${name}.base_url`, 'is required: an openai-compatible provider has no address of its own');
  });
  const keys = PROVIDER_ENTRIES.flatMap((name) =>
    rule(SENDABLE.test(providers[name]?.api_key.trim() ?? ''), `providers.${name}.api_key`, UNSENDABLE),
  );
  const routes = Object.entries(routing).flatMap(([route, name]) =>
    rule(!name || providers[name] !== undefined, `providers.routing.${route}`, `names ${String(name)}, which is not configured`),
  );
  return [...addresses, ...keys, ...checkModels(providers), ...routes];
}

function checkEmbeddings({ provider, base_url, model, api_key }: Config['memory']['embeddings']): Issue[] {
  const isOther = provider === 'openai-compatible';
  return [
    ...rule(
      !isOther || base_url !== undefined,
      'memory.embeddings.base_url',
      'is required: an openai-compatible server has no address of its own',
    ),
    ...rule(!isOther || model !== undefined, 'memory.embeddings.model', 'is required: an openai-compatible server has no model of its own'),
    ...rule(SENDABLE.test(api_key.trim()), 'memory.embeddings.api_key', UNSENDABLE),
  ];
}

/** A vendor's own address serves its own models. What other servers have is theirs to say; a vendor may have more than are known here. */
function checkModels(providers: Omit<Config['providers'], 'routing'>): Issue[] {
  return PROVIDER_ENTRIES.flatMap((name) => {
    const entry = providers[name];
    if (entry?.model === undefined || entry.base_url !== undefined) return [];
    const model = providers.aliases[entry.model] ?? entry.model;
    return rule(
      FOREIGN_MODELS[entry.type]?.test(model) !== true,
      `providers.${name}.model`,
      `is ${model}, which ${entry.type} does not have: use its own name of a model, without a prefix`,
    );
  });
}

function checkAddresses({ database, redis }: Config): Issue[] {
  return [
    ...rule(
      hasProtocol(database.url, ['postgres:', 'postgresql:']),
      'database.url',
      'must be a URL such as postgresql://user@host:5432/database',
    ),
    ...rule(hasProtocol(redis.url, ['redis:', 'rediss:']), 'redis.url', 'must be a URL such as redis://host:6379'),
  ];
}

function rule(holds: boolean, path: string, message: string): Issue[] {
  return holds ? [] : [{ path, message }];
}

function isLoopback(bind: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  const family = isIP(bind);
  return bind === 'localhost' || (family !== 0 && loopback.check(bind, family === 4 ? 'ipv4' : 'ipv6'));
}

function isOrigin(text: string): boolean {
  return /^https?:/i.test(text) && URL.parse(text)?.origin === text.toLowerCase();
}

function hasProtocol(text: string, protocols: readonly string[]): boolean {
  return protocols.includes(URL.parse(text)?.protocol ?? '');
}
