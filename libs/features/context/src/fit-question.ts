import type { ModelMessage, UserPart } from '@openclaw/language-model';
import { countTokens } from './count-tokens.js';
import { cutFinds } from './cut-finds.js';
import { cutText } from './cut-text.js';
import { type Measure, PART_TOKENS_MIN } from './measure.js';
import type { Cuts } from './run-context.types.js';

type Question = Extract<ModelMessage, { role: 'user' }>;

/** Less of a file than this says nothing. */
const FILE_TOKENS_MIN = 200;

/**
 * The question in `tokens`: what was found on it is shortened first, then files are cut or named instead of shown, and its own words
 * are cut last.
 * @param forFinds most tokens for what was found
 */
export function fitQuestion(question: Question, tokens: number, forFinds: number, measure: Measure): { question: Question; cuts: Cuts } {
  if (measure.of(question) <= tokens) return { question, cuts: { question: false, files: [] } };
  const note = question.note === undefined ? 0 : countTokens(question.note);
  const files = question.parts.filter(isFile);
  const words = fitWords(
    question.parts.filter((part) => !isFile(part)),
    tokens - note - measure.parts(files.map(toStub)),
    measure,
  );
  const fitted = fitFiles(files, tokens - note - measure.parts(words.parts), measure);
  const left = tokens - note - measure.parts([...words.parts, ...fitted]);
  const parts = [...words.parts, ...fitted].filter((part) => measure.parts([part]) <= tokens);
  return {
    question: {
      role: 'user',
      parts,
      ...(question.note === undefined || note > tokens ? {} : { note: question.note }),
      ...fitFinds(question.finds, Math.min(left, forFinds)),
    },
    cuts: { question: words.isCut, files: files.flatMap((file, index) => (fitted[index] === file ? [] : [file.name ?? 'a file'])) },
  };
}

/** Only files have what may stand for them. */
function isFile(part: UserPart): boolean {
  return part.type !== 'text' || part.stub !== undefined;
}

function fitWords(words: readonly UserPart[], tokens: number, measure: Measure): { parts: UserPart[]; isCut: boolean } {
  if (measure.parts(words) <= tokens) return { parts: [...words], isCut: false };
  const text = words.map((part) => ('text' in part ? part.text : '')).join('\n');
  return { parts: [{ type: 'text', text: cutText(text, Math.max(tokens, PART_TOKENS_MIN), 'middle') }], isCut: true };
}

/** The smallest first: a long text must not crowd out all others. */
function fitFiles(files: readonly UserPart[], tokens: number, measure: Measure): UserPart[] {
  const sizes = files.map((file) => ({ file, size: measure.parts([file]), stubSize: measure.parts([toStub(file)]) }));
  const fitted: UserPart[] = files.map(toStub);
  let left = tokens - measure.parts(fitted);
  for (const { file, size, stubSize } of sizes.toSorted((one, other) => one.size - other.size)) {
    const part = fitFile(file, size, left + stubSize);
    left += stubSize - measure.parts([part]);
    fitted[files.indexOf(file)] = part;
  }
  return fitted;
}

function fitFile(file: UserPart, size: number, tokens: number): UserPart {
  if (size <= tokens) return file;
  if (file.type === 'text' && tokens >= FILE_TOKENS_MIN) return { ...file, text: cutText(file.text, tokens, 'middle') };
  return toStub(file);
}

function toStub(file: UserPart): UserPart {
  return { type: 'text', text: file.stub ?? `[${file.name ?? 'A file'} was attached, but there is no room for it.]` };
}

function fitFinds(finds: string | undefined, tokens: number): { finds?: string } {
  const cut = finds === undefined ? null : cutFinds(finds, tokens);
  return cut === null ? {} : { finds: cut };
}
