/** How models mark their thoughts where nobody took them out of the text. All in lower case. */
export interface ThoughtMarks {
  readonly opens: string;
  readonly closes: string;
  /** What must stand behind the opening mark, where that is a word by itself. */
  readonly before?: RegExp;
  /** Words: where their end never comes they were speech. */
  readonly needsEnd?: true;
}

/** What stands around speech where thoughts have marks: dropped, both. */
export interface SpeechMarks {
  readonly opens: string;
  readonly closes: readonly string[];
  /** A mark only behind thoughts; else it is text. */
  readonly behindThoughts?: true;
}

const TAGS = ['think', 'thinking', 'thought', 'thoughts', 'reason', 'reasoning', 'seed:think', 'mm:think', 'ifm|think'];

/** Marks of which the end may come alone: the beginning stands in the prompt, where the template of the model has put it. */
const PAIRS: readonly ThoughtMarks[] = [
  ...TAGS.map((name) => ({ opens: `<${name}>`, closes: `</${name}>` })),
  { opens: '[think]', closes: '[/think]' }, // Magistral
  { opens: '◁think▷', closes: '◁/think▷' }, // Kimi
  { opens: '<|begin_of_thought|>', closes: '<|end_of_thought|>' }, // Sky-T1, OpenThinker
  { opens: '<|start_thinking|>', closes: '<|end_thinking|>' }, // Command A
  { opens: '<|inner_prefix|>', closes: '<|inner_suffix|>' }, // Apertus
  { opens: '<|channel>thought', closes: '<channel|>' }, // Gemma 4
  { opens: '<unused94>thought', closes: '<unused95>' }, // MedGemma
];

export const THOUGHTS: readonly ThoughtMarks[] = [
  ...PAIRS,
  // Harmony (gpt-oss), as it is written and as it is left when its special tokens are taken out; a call in it was meant for a parser.
  { opens: '<|channel|>analysis<|message|>', closes: '<|end|>' },
  { opens: '<|channel|>commentary to=', closes: '<|call|>' },
  { opens: 'analysis', before: /\p{Lu}/u, closes: 'assistantfinal', needsEnd: true },
  // Granite 3
  { opens: 'here is my thought process:', closes: 'here is my response:', needsEnd: true },
  { opens: "here's my thought process:", closes: "here's my response:", needsEnd: true },
];

const HARMONY_ENDS = ['<|end|>', '<|return|>'];

export const SPEECH: readonly SpeechMarks[] = [
  { opens: '<|start|>assistant', closes: HARMONY_ENDS },
  { opens: '<|channel|>final<|message|>', closes: HARMONY_ENDS },
  { opens: '<|channel|>commentary<|message|>', closes: HARMONY_ENDS },
  { opens: '<|start_response|>', closes: ['<|end_response|>'] },
  { opens: '<|begin_of_solution|>', closes: ['<|end_of_solution|>'] },
  { opens: '<answer>', closes: ['</answer>'], behindThoughts: true }, // Hunyuan
  { opens: '<response>', closes: ['</response>'], behindThoughts: true }, // Ernie
  // An end that stands first: the model had nothing to think about.
  ...PAIRS.map(({ closes }) => ({ opens: closes, closes: [] })),
];

/** Ends that may come without a beginning. */
export const LONE_ENDS: ReadonlyMap<string, string> = new Map(PAIRS.map(({ opens, closes }) => [closes, opens]));

/** Every mark of {@link LONE_ENDS} and every end of speech begins with one of these. */
export const MARK_BEGINS = /[<[◁]/;

const QUOTED = /["'`“‘«(*_~|>[]$/;
const SENTENCE_END = /[.!?。！？…]["')”’*_]*$/;

/**
 * Whether the end of a thought that stands between `before` and `after` is one: not named in code, in quotes or in the midst of a
 * sentence. null: not known before more has come.
 * @param isOver nothing more comes
 */
export function endsThought(before: string, after: string, opens: string, isOver: boolean): boolean | null {
  if (isInCode(before) || before.toLowerCase().includes(opens)) return false;
  const line = before.slice(before.lastIndexOf('\n') + 1);
  if (line.trim() === '' || SENTENCE_END.test(line.trimEnd())) return true;
  if (QUOTED.test(line) || line !== line.trimEnd()) return false;
  if (after === '') return isOver || null;
  return !/^["'`”’»)*_~]/.test(after);
}

function isInCode(before: string): boolean {
  const fences = before.match(/^[ \t]*(?:```|~~~)/gm)?.length ?? 0;
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return fences % 2 === 1 || (line.match(/`/g)?.length ?? 0) % 2 === 1;
}
