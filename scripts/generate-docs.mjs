#!/usr/bin/env node
// Writes what is generated from the schema of the configuration: docs/configuration.md and deploy/.env.example. Run it after
// `tsc -b libs/kernel/config` whenever the schema has changed; a test compares the files with the schema.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configReference, envExample } from '@openclaw/config';

const files = { '../docs/configuration.md': configReference(), '../deploy/.env.example': envExample() };
for (const [path, text] of Object.entries(files)) {
  const file = fileURLToPath(new URL(path, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
