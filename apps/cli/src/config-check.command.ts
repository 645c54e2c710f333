import { parseArgs } from 'node:util';
import { describeConfig, loadConfig } from '@openclaw/config';
import type { Command } from './command.types.js';

/** Two YAML documents: `ok`, and the configuration in force. Problems are the ConfigError that every command reports alike. */
export const configCheck: Command = {
  name: 'config check',
  summary: 'name every problem of the configuration, or print the one in force',
  usage: '',
  details: ['Reads gateway.yaml and the environment as the gateway does. Secrets are not printed.'],
  run: (args, terminal) => {
    parseArgs({ args: [...args], options: {} });
    const config = loadConfig(terminal);
    terminal.out(`ok\n---\n${describeConfig(config)}`);
    return Promise.resolve(0);
  },
};
