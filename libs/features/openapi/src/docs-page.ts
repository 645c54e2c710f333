import { readFile } from 'node:fs/promises';
import { Answer, handle, type RouteHandler } from '@openclaw/feature';
import { openapiRoutes as routes } from './words.js';

/** The page's files, beside src and dist alike. */
const FOLDER = new URL('../page/', import.meta.url);
/**
 * Its own script, style and requests, and no others: nothing inline, nothing evaluated, nothing from elsewhere, no text that becomes a
 * script, no form that is sent, no page around it.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** A page to read the contract and try it, of three files of our own. */
export function docsHandlers(): readonly RouteHandler[] {
  return [
    handle(routes.docs, () => fileOf('index.html', 'text/html')),
    handle(routes.docsScript, () => fileOf('docs.js', 'text/javascript')),
    handle(routes.docsStyle, () => fileOf('docs.css', 'text/css')),
    handle(routes.docsAtRoot, () => new Answer(308, undefined, { location: 'api/v1/docs' })), // relative: a proxy may have put something before it
  ];
}

async function fileOf(name: string, type: string): Promise<Answer<200, string>> {
  return new Answer(200, await readFile(new URL(name, FOLDER), 'utf8'), { ...HEADERS, 'content-type': `${type}; charset=utf-8` });
}
