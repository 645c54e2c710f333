/**
 * Reads the contract and tries it: token ─► openapi.json ─► a list ─► a form for each call ─► what came back. All text is set as text, and
 * nothing is kept: neither in the address, nor in a store, nor anywhere else.
 */
'use strict';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const SHOWN_CHARACTERS_MAX = 200_000;
let token = '';
let contract = { paths: {}, components: { schemas: {} } };

/** An element with its properties and what is in it. */
function make(name, properties = {}, ...inside) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...inside.filter((each) => each !== null));
  return element;
}

const byId = (id) => document.getElementById(id);
const pretty = (value) => JSON.stringify(value, null, 2);

function tell(sentence, isBad = false) {
  byId('state').textContent = sentence;
  byId('state').className = isBad ? 'bad' : '';
}

async function load() {
  const response = await fetch('openapi.json', { headers: { authorization: `Bearer ${token}` } });
  const body = await response.json();
  if (!response.ok) throw new Error(body.message ?? `status ${response.status}`);
  contract = body;
  show();
  tell(`${contract.info.title} ${contract.info.version}`);
}

function show() {
  const operations = Object.entries(contract.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]).map((method) => ({ path, method, operation: methods[method], group: groupOf(path) })),
  );
  const groups = [...new Set(operations.map(({ group }) => group))];
  byId('operations').replaceChildren(
    ...groups.flatMap((group) => [
      make('h2', { textContent: group }),
      ...operations.filter((each) => each.group === group).map(toOperation),
    ]),
    make('h2', { textContent: 'schemas' }),
    ...Object.entries(contract.components.schemas).map(([name, schema]) => toSchema(name, schema)),
  );
  byId('search').hidden = false;
}

function groupOf(path) {
  return path
    .replace(/^\/api\/v1\//, '')
    .replace(/^\//, '')
    .split('/')[0];
}

function toOperation({ path, method, operation }) {
  const summary = make(
    'summary',
    {},
    make('span', { className: 'method', textContent: method.toUpperCase() }),
    make('span', { className: 'path', textContent: path }),
    make('span', { className: 'told', textContent: operation.summary }),
  );
  const details = make('details', { className: 'operation' }, summary);
  details.dataset.words = `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase();
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(toBody(path, method, operation));
  });
  return details;
}

function toBody(path, method, operation) {
  const fields = (operation.parameters ?? []).map((parameter) => toField(resolve(parameter)));
  const media = Object.keys(operation.requestBody?.content ?? {})[0];
  const text = media
    ? make('textarea', { value: exampleText(operation.requestBody.content[media].schema), spellcheck: false, ariaLabel: 'body' })
    : null;
  const canStream = Object.values(operation.responses).some(({ content }) => content?.['text/event-stream']);
  const stream = canStream ? make('input', { type: 'checkbox' }) : null;
  const answer = make('div', { ariaLive: 'polite' });
  const button = make('button', { textContent: 'Send' });
  const form = make('form', {}, button, stream ? make('label', {}, stream, ' as events') : null);
  let leaving = null;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    leaving?.abort();
    leaving = new AbortController();
    const call = { method, path, fields, media, body: text?.value, asEvents: stream?.checked ?? false, signal: leaving.signal };
    send(call, answer).catch((error) => {
      answer.append(make('p', { className: 'bad', textContent: error.message }));
    });
  });
  return make(
    'div',
    { className: 'body' },
    make('div', { textContent: (operation.description ?? 'Open to everyone').replaceAll('`', '') }),
    fields.length > 0 ? make('h3', { textContent: 'Parameters' }) : null,
    fields.length > 0 ? make('table', {}, ...fields.map(({ row }) => row)) : null,
    text ? make('h3', { textContent: `Body, ${media}` }) : null,
    text,
    text ? toSchema('Its schema', operation.requestBody.content[media].schema) : null,
    make('div', { className: 'row' }, form),
    answer,
    make('h3', { textContent: 'Replies' }),
    ...Object.entries(operation.responses).map(([status, { description, content = {} }]) =>
      toSchema(`${status} ${description}`, Object.fromEntries(Object.entries(content).map(([type, { schema }]) => [type, schema]))),
    ),
  );
}

function toField({ name, in: place, required, schema = {}, description }) {
  const choices = schema.enum;
  const input = choices
    ? make(
        'select',
        {},
        make('option', { value: '', textContent: '' }),
        ...choices.map((choice) => make('option', { value: choice, textContent: choice })),
      )
    : make('input', { placeholder: schema.default === undefined ? '' : String(schema.default), spellcheck: false });
  input.ariaLabel = name;
  const about = description ?? schema.description ?? '';
  const row = make(
    'tr',
    {},
    make('th', {}, make('code', { textContent: name }), required ? make('span', { className: 'bad', textContent: ' required' }) : null),
    make('td', { textContent: `${about} ${choices ? '' : (schema.type ?? '')}` }),
    make('td', {}, input),
  );
  return { name, place, input, row };
}

function toSchema(name, schema) {
  return make('details', { className: 'schema' }, make('summary', { textContent: name }), make('pre', { textContent: pretty(schema) }));
}

/** What the document gives as an example, or else the fields that must be there. */
function exampleText(schema) {
  const example = exampleOf(schema, 0);
  return example === undefined ? '' : pretty(example);
}

/** What a reference names: `#/components/<kind>/<name>`. */
function resolve(part) {
  const [, , kind, name] = part.$ref?.split('/') ?? [];
  return kind ? contract.components[kind][name] : part;
}

function exampleOf(schema, depth) {
  if (!schema || depth > 4) return undefined;
  if (schema.$ref) return exampleOf(resolve(schema), depth + 1);
  if (schema.examples?.length > 0) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const inner = schema.anyOf?.[0] ?? schema.oneOf?.[0] ?? schema.allOf?.[0];
  if (inner) return exampleOf(inner, depth + 1);
  if (schema.type === 'object')
    return Object.fromEntries((schema.required ?? []).map((name) => [name, exampleOf(schema.properties?.[name], depth + 1) ?? '']));
  if (schema.type === 'array') return [];
  return { string: '', integer: 0, number: 0, boolean: false }[schema.type];
}

async function send({ method, path, fields, media, body, asEvents, signal }, answer) {
  const filled = fields.filter(({ input }) => input.value !== '');
  const query = new URLSearchParams(filled.filter(({ place }) => place === 'query').map(({ name, input }) => [name, input.value]));
  const url = filled
    .filter(({ place }) => place === 'path')
    .reduce((left, { name, input }) => left.replace(`{${name}}`, encodeURIComponent(input.value)), path);
  const named = Object.fromEntries(filled.filter(({ place }) => place === 'header').map(({ name, input }) => [name, input.value]));
  const type = media === '*/*' ? 'application/octet-stream' : media;
  const headers = {
    ...named,
    authorization: `Bearer ${token}`,
    ...(type ? { 'content-type': type } : {}),
    ...(asEvents ? { accept: 'text/event-stream' } : {}),
  };
  const startedAt = performance.now();
  const response = await fetch(query.size > 0 ? `${url}?${query}` : url, {
    method: method.toUpperCase(),
    headers,
    body: type && body !== '' ? body : undefined,
    signal,
  });
  const line = make('p', {
    className: response.ok ? 'good' : 'bad',
    textContent: `${response.status} in ${Math.round(performance.now() - startedAt)} ms`,
  });
  const shown = make('pre');
  answer.replaceChildren(
    line,
    make('pre', { textContent: [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n') }),
    shown,
  );
  if (!response.body) return;
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    shown.append(piece);
    if (shown.textContent.length > SHOWN_CHARACTERS_MAX) shown.textContent = shown.textContent.slice(-SHOWN_CHARACTERS_MAX / 2);
  }
  if (response.headers.get('content-type')?.startsWith('application/json')) shown.textContent = pretty(JSON.parse(shown.textContent));
}

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  token = byId('token').value.trim();
  tell('Reading…');
  load().catch((error) => {
    tell(error.message, true);
  });
});

byId('find').addEventListener('input', () => {
  const words = byId('find').value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const each of document.querySelectorAll('details.operation'))
    each.hidden = !words.every((word) => each.dataset.words.includes(word));
});
