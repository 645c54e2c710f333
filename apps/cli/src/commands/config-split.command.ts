import { join } from 'node:path';
import { configFolder, configFor, loadConfig, readSoul, SOUL_FILE, writeWhole } from '@openclaw/config';
import { defineCommand } from '../define-command.js';
import { text } from '../options.js';
import { UsageError } from '../usage-error.js';

const OWNER_ONLY = 0o400;

/** No process ever sees the file that a person wrote, nor the secrets of another. */
export const configSplit = defineCommand({
  details: ['Reads gateway.yaml, soul.md and the environment as the gateway does, and names every problem.'],
  options: {
    gateway: text('<folder>', 'gets gateway.yaml without the keys of the providers and the tokens of the channels'),
    worker: text('<folder>', 'gets gateway.yaml without the token of the gateway and those of the channels, and soul.md'),
    channels: text('<folder>', 'gets gateway.yaml with the tokens of the channels and no other key'),
  },
  run: async ({ options: { gateway, worker, channels } }, terminal) => {
    if (gateway === undefined || worker === undefined) throw new UsageError('--gateway and --worker are required');
    const config = loadConfig(terminal);
    const soul = readSoul(configFolder(terminal.env, terminal.homeDir));
    await writeWhole(join(gateway, 'gateway.yaml'), configFor('gateway', config), OWNER_ONLY);
    await writeWhole(join(worker, 'gateway.yaml'), configFor('worker', config), OWNER_ONLY);
    await writeWhole(join(worker, SOUL_FILE), soul, OWNER_ONLY);
    if (channels !== undefined) await writeWhole(join(channels, 'gateway.yaml'), configFor('channels', config), OWNER_ONLY);
    terminal.out('ok\n');
    return 0;
  },
});
