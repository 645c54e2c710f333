#!/usr/bin/env node
// The Prisma CLI without its native schema engine, which it would download at first use: the engine's WebAssembly build, a dev
// dependency, takes its place, so that authoring a migration needs the package registry and nothing else.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { status } = spawnSync(
  process.execPath,
  [createRequire(import.meta.url).resolve('prisma/build/index.js'), ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    cwd: root,
    env: {
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      PRISMA_SCHEMA_ENGINE_BINARY: fileURLToPath(new URL('./schema-engine-wasm.mjs', import.meta.url)),
      ...process.env,
    },
  },
);
process.exit(status ?? 1);
