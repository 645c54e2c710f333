#!/usr/bin/env node
/**
 * `npm run generate:sdk`: the types of libs/sdk-node, from the OpenAPI document that the gateway serves. `--check` writes nothing and fails
 * where the file is another than it would be. Wants the build.
 *
 * the routes of the roster ─► OpenAPI ─► types of what goes in and comes out, by name ─► contract.gen.ts
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import { ROOT } from './compose-project.mjs';

const FILE = join(ROOT, 'libs/sdk-node/src/contract.gen.ts');
/** Replies are named by their schemas, and errors are classes. */
const LEFT_OUT = /(Error|Errors|Response|Responses)$/;
const BUILT = ['libs/features/openapi/dist/build-openapi.js', 'libs/features/roster/dist/index.js'];
const FIRST_LINE = '// Made by scripts/generate-sdk.mjs of the gateway’s OpenAPI document.';

const made = await generate();
if (!process.argv.includes('--check')) writeFileSync(FILE, made);
else if (readFileSync(FILE, 'utf8') !== made) {
  console.error('libs/sdk-node/src/contract.gen.ts is not what the contract makes it: npm run generate:sdk');
  process.exitCode = 1;
}

async function generate() {
  const [{ buildOpenApi }, { ROUTES }] = await Promise.all(BUILT.map((path) => import(join(ROOT, path))));
  const document = buildOpenApi('0.1.0', ROUTES);
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-sdk-'));
  try {
    await createClient({
      input: document,
      output: { path: folder, clean: false },
      plugins: ['@hey-api/typescript'],
      logs: { level: 'silent', file: false },
    });
    return trimmed(readFileSync(join(folder, 'types.gen.ts'), 'utf8'), operationsOf(document));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function operationsOf({ paths }) {
  return Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId[0].toUpperCase() + operationId.slice(1)),
  );
}

function trimmed(text, operations) {
  const [, ...types] = text.split(/(?<! \*\/)\n(?=(?:\/\*\*\n(?: \*[^\n]*\n)+)?export type )/);
  const kept = types.filter((type) => {
    const name = /export type (\w+)/.exec(type)[1];
    return (
      name !== 'ClientOptions' && !operations.some((operation) => name.startsWith(operation) && LEFT_OUT.test(name.slice(operation.length)))
    );
  });
  return `${[FIRST_LINE, ...kept.map((type) => type.trim())].join('\n\n')}\n`;
}
