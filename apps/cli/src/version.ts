import { createRequire } from 'node:module';

/** Of the package: the same beside `src` and beside `dist`, and read without loading anything else. */
export const { version: VERSION } = createRequire(import.meta.url)('../package.json') as { readonly version: string }; // checked against the house by check-packages
