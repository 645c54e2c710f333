import { describeConfig, loadConfig } from '@openclaw/config';
import { defineCommand } from '../define-command.js';

/** Two YAML documents: `ok`, and the configuration in force. Problems are the ConfigError that every command reports alike. */
export const configCheck = defineCommand({
  details: ['Reads gateway.yaml and the environment as the gateway does. Secrets are not printed.'],
  run: (_call, terminal) => {
    const config = loadConfig(terminal);
    terminal.out(`ok\n---\n${describeConfig(config)}`);
    return Promise.resolve(0);
  },
});
