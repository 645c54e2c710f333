/**
 * The process that a PDF is read in: the parser's work is synchronous, its time and memory are the file's to say, and who finds a hole in
 * it has found one in a process that may open no file, start no program and knows no secret. Takes a line of JSON and the bytes on its
 * input, answers with JSON. Imports nothing of this room at run time, so that it runs from the sources as it does from the build.
 */
import { buffer } from 'node:stream/consumers';
import { getDocumentProxy } from 'unpdf';
import type { PdfJob, PdfOutcome } from './read-pdf.js';

type Document = Awaited<ReturnType<typeof getDocumentProxy>>;

const LINE_END = 0x0a;

const input = await buffer(process.stdin);
const end = input.indexOf(LINE_END);
const job = JSON.parse(input.toString('utf8', 0, end)) as PdfJob; // written by read-pdf.ts, of the same build
process.stdout.write(JSON.stringify(await readPdf(Uint8Array.from(input.subarray(end + 1)), job)));

async function readPdf(bytes: Uint8Array, { pagesMax, charactersMax }: PdfJob): Promise<PdfOutcome> {
  const options = { isEvalSupported: false, enableXfa: false, disableFontFace: true, useSystemFonts: false, verbosity: 0 };
  return getDocumentProxy(bytes, options)
    .then((document) => readPages(document, pagesMax, charactersMax))
    .catch(toFailure);
}

/** Whatever the parser stumbles over, and it throws all kinds of errors, is the file's doing. */
function toFailure(error: unknown): PdfOutcome {
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : null; // its exceptions are no true errors
  return { failure: name === 'PasswordException' ? 'encrypted' : 'broken' };
}

async function readPages(document: Document, pagesMax: number, charactersMax: number): Promise<PdfOutcome> {
  const pages: string[] = [];
  let characters = 0;
  while (pages.length < Math.min(document.numPages, pagesMax) && characters <= charactersMax) {
    const text = await readPage(document, pages.length + 1);
    pages.push(text);
    characters += text.length;
  }
  return {
    text: pages
      .join('\n\n')
      .trim()
      .slice(0, charactersMax + 1),
    pagesRead: pages.length,
    pages: document.numPages,
  };
}

async function readPage(document: Document, number: number): Promise<string> {
  const page = await document.getPage(number);
  const { items } = await page.getTextContent();
  page.cleanup();
  return items
    .map((item) => ('str' in item ? `${item.str}${item.hasEOL ? '\n' : ''}` : ''))
    .join('')
    .replaceAll('\0', '')
    .trim();
}
