import { indexTerms } from '@openclaw/text';
import { FLAG } from './rank-entries.js';
import { tellsWhen } from './read-time-span.js';

/** Terms of one entry at most: what Postgres takes as one tsvector, with much to spare. */
const TERMS_MAX = 4000;

/** A text as search knows it. */
export interface Indexed {
  /** As Postgres reads a tsvector. */
  readonly terms: string;
  /** How many there are. */
  readonly length: number;
  readonly flags: number;
}

/** Reads a text for search. Linear in its length. */
export function indexText(text: string): Indexed {
  const terms = indexTerms(text, TERMS_MAX);
  return { terms: terms.map(quoteTerm).join(' '), length: terms.length, flags: flagsOf(text) };
}

/** A term as Postgres' tsvector and tsquery read it. */
export function quoteTerm(term: string): string {
  return `'${term.replaceAll(/['\\]/g, '$&$&')}'`;
}

function flagsOf(text: string): number {
  const asks = /[?？؟]/.test(text) ? FLAG.asks : 0;
  const endsAsking = /[?？؟]$/.test(text.slice(-100).trimEnd()) ? FLAG.endsAsking : 0;
  return asks | endsAsking | (tellsWhen(text) ? FLAG.tellsWhen : 0);
}
