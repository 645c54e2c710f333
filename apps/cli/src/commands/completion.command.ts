import { script } from '@bomb.sh/tab';
import { defineCommand } from '../define-command.js';
import { EXIT } from '../exit-codes.js';
import { oneOf, required } from '../options.js';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export const completion = defineCommand({
  details: [
    'bash:  source <(openclaw completion bash)',
    'zsh:   source <(openclaw completion zsh)',
    'fish:  openclaw completion fish | source',
  ],
  args: { shell: required('for which shell', { values: SHELLS }) },
  run: ({ args }) => {
    script(oneOf(SHELLS, args.shell), 'openclaw', 'openclaw'); // it prints by itself
    return Promise.resolve(EXIT.ok);
  },
});
