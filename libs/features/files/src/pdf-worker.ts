/**
 * The thread that a PDF is read in: the parser's work is synchronous, its time and memory are the file's to say, and a thread can be
 * ended. Imports nothing of this room at run time, so that it runs from the sources as it does from the build.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { getDocumentProxy } from 'unpdf';
import type { PdfJob, PdfOutcome } from './read-pdf.js';

type Document = Awaited<ReturnType<typeof getDocumentProxy>>;

const job: PdfJob = workerData as PdfJob; // written by read-pdf.ts, of the same build
parentPort?.postMessage(await readPdf(job));

async function readPdf({ bytes, pagesMax, charactersMax }: PdfJob): Promise<PdfOutcome> {
  const options = { isEvalSupported: false, enableXfa: false, disableFontFace: true, useSystemFonts: false, verbosity: 0 };
  return getDocumentProxy(bytes, options).then((document) => readPages(document, pagesMax, charactersMax)).catch(toFailure);
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
  return { text: pages.join('\n\n').trim().slice(0, charactersMax + 1), pagesRead: pages.length, pages: document.numPages };
}

async function readPage(document: Document, number: number): Promise<string> {
  const page = await document.getPage(number);
  const { items } = await page.getTextContent();
  page.cleanup();
  return items.map((item) => ('str' in item ? `${item.str}${item.hasEOL ? '\n' : ''}` : '')).join('').replaceAll('\0', '').trim();
}
