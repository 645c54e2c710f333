import { dataFolder, findToken, loadConfig } from '@openclaw/config';
import { defineCommand } from '../define-command.js';

/** Prints the gateway token and nothing else, so that `TOKEN=$(openclaw token show)` works. */
export const tokenShow = defineCommand({
  details: ['The configured token, else the one that the gateway made at its first start.'],
  run: async (_call, terminal) => {
    const configured = loadConfig(terminal).gateway.auth.token;
    const token = configured === '' ? await findToken(dataFolder(terminal.env, terminal.homeDir)) : configured;
    if (token === null) {
      terminal.err('openclaw: there is no token yet; start the gateway once, or set GATEWAY_AUTH_TOKEN\n');
      return 1;
    }
    terminal.out(`${token}\n`);
    return 0;
  },
});
