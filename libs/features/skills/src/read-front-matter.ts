import type { Issue } from '@openclaw/words';
import { parseDocument } from 'yaml';
import { type FrontMatter, frontMatterSchema } from './skill.schema.js';

const CHARACTERS_MAX = 16_384;
const NONE: FrontMatter = { name: '', description: '', version: '' };

/** SKILL.md, as the YAML between its first two lines of hyphens and the Markdown below. `issues` is empty where it is good. */
export function readFrontMatter(text: string): { readonly frontMatter: FrontMatter; readonly body: string; readonly issues: readonly Issue[] } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const end = lines.indexOf('---', 1);
  if (lines[0] !== '---' || end < 0) return bad('must begin with front matter between two lines of ---');
  const yaml = lines.slice(1, end).join('\n');
  if (yaml.length > CHARACTERS_MAX) return bad(`must be at most ${String(CHARACTERS_MAX)} characters`);
  const document = parseDocument(yaml, { uniqueKeys: true, schema: 'core', merge: false });
  const [error] = document.errors;
  if (error) return bad(`is no YAML: ${error.message.split('\n', 1)[0] ?? ''}`);
  const { success, data, error: refused } = frontMatterSchema.safeParse(valueOf(document));
  const body = lines.slice(end + 1).join('\n');
  if (success) return { frontMatter: data, body, issues: [] };
  return { frontMatter: NONE, body, issues: refused.issues.map(({ path, message }) => ({ path: path.join('.') || 'front matter', message })) };
}

/** Names for values that are used again could be made to stand for a great deal: they are not looked up. */
function valueOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (thrown) {
    if (thrown instanceof ReferenceError) return null;
    throw thrown;
  }
}

function bad(message: string): ReturnType<typeof readFrontMatter> {
  return { frontMatter: NONE, body: ' ', issues: [{ path: 'front matter', message }] };
}
