#!/usr/bin/env node
import { processEnvironment } from '@openclaw/config';
import { runCli } from './run-cli.js';

// A reader that goes away, as in `openclaw config check | head -1`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  env: processEnvironment(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
