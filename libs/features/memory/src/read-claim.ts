import { foldText } from '@openclaw/text';
import { COLOURS, FAVOURITE, NAMED, NAMED_CJK, SEVERAL, SEVERAL_CJK, TITLE_CJK, VALUED, VALUED_CJK } from './claim-words.js';

/** What a text claims of one thing that has one value at a time. */
export interface Claim {
  /** What it is about: the same for all claims of it, however they are worded. */
  readonly about: string;
  /** What is said of it, folded. */
  readonly said: string;
}

/** A claim is a short sentence; a story tells of many times. */
const CLAIM_CHARACTERS_MAX = 240;

/** "I live in …", "ich bin nach … gezogen", 我搬到了…: where somebody lives now, in whatever words. */
const I_LIVE: readonly RegExp[] = [
  /^(?:i|we) (?:now |currently )?(?:live|reside) (?:now )?(?:in|at) (.+)$/,
  /^(?:i am|i'm|we are|we're) (?:now )?living (?:in|at) (.+)$/,
  /^(?:i|i've|i have|we|we've|we have) (?:just |now |recently )?moved (?:to|into) (.+)$/,
  /^(?:ich|wir) (?:wohne|wohnen|lebe|leben) (?:jetzt |nun )?in (.+)$/,
  /^(?:ich bin|wir sind) (?:jetzt |gerade )?(?:nach|in) (.+?) (?:gezogen|umgezogen)$/,
  /^(?:j'habite|je vis|nous habitons|nous vivons) (?:maintenant )?(?:a|au|aux|en|dans) (.+)$/,
  /^(?:j'ai|nous avons) demenage (?:a|au|aux|en) (.+)$/,
  /^(?:yo )?(?:vivo|vivimos) (?:ahora )?en (.+)$/,
  /^(?:me mude|nos mudamos|me he mudado) a (.+)$/,
  /^(?:我|我们)(?:现在)?住在(.+)$/u,
  /^(?:我|我们)(?:已经|刚)?搬到(?:了)?(.+?)(?:了)?$/u,
  /^(?:私は|僕は)?(?:今は?)?(.+?)に(?:住んでいます|住んでいる|引っ越しました|引っ越した)$/u,
];
const I_WORK: readonly RegExp[] = [
  /^i (?:now |currently )?work (?:at|for) (.+)$/,
  /^(?:i am|i'm) (?:now )?working (?:at|for) (.+)$/,
  /^i (?:just |recently )?started (?:working |a job |a new job )?(?:at|for) (.+)$/,
  /^ich arbeite (?:jetzt |nun )?(?:bei|fur) (.+)$/,
  /^je travaille (?:maintenant )?(?:chez|pour) (.+)$/,
  /^(?:yo )?trabajo (?:ahora )?(?:en|para) (.+)$/,
  /^我(?:现在)?在(.+?)(?:工作|上班)$/u,
  /^(?:私は|僕は)?(.+?)で働いて(?:います|いる)$/u,
];
const I_AM_CALLED: readonly RegExp[] = [
  /^(?:my name is|i am called|i'm called|call me) (.+)$/,
  /^(?:mein name ist|ich heisse) (.+)$/,
  /^(?:je m'appelle|mon nom est) (.+)$/,
  /^(?:me llamo|mi nombre es) (.+)$/,
  /^(?:我叫|我的名字是|我的名字叫)(.+)$/u,
  /^(?:私の名前は|僕の名前は)(.+?)(?:です)?$/u,
];
const MINE: readonly (readonly [about: string, patterns: readonly RegExp[]])[] = [
  ['home', I_LIVE],
  ['work', I_WORK],
  ['name', I_AM_CALLED],
];
/** Whoever tells of another time says nothing of now. */
const THEN = /\d{4}|\b(?:ago|when|before|until|once|back then|last|vor|als|fruher|damals|quand|avant|hace|cuando|antes)\b/;

/** "My dentist is …", "Der Schlüssel liegt bei …": of one thing that belongs to somebody. */
const LIVES =
  /^((?:my|our|his|her|their|the|mein|meine|unser|unsere|der|die|das|mon|ma|mes|notre|le|la|mi|nuestra|nuestro|el) .{2,80}?) (?:(?:now )?lives (?:in|at)|(?:has )?moved to|wohnt (?:jetzt )?in|lebt in|habite (?:a|au|en)|vive en) (.+)$/u;
const CALLED =
  /^((?:my|our|his|her|their|the|mein|meine|unser|unsere|der|die|das|mon|ma|mes|notre|le|la|mi|nuestra|nuestro|el) .{2,80}?) (?:is called|is named|heisst|s'appelle|se llama) (.+)$/u;
const IS =
  /^((?:my|our|his|her|their|the|mein|meine|unser|unsere|der|die|das|mon|ma|mes|notre|le|la|mi|nuestra|nuestro|el) .{2,80}?) (?:is now|is|are|ist jetzt|ist|sind|liegt bei|est|sont|esta en|es|son) (.+)$/u;
/** 我的牙医是…、私の歯医者は… */
const CJK_LIVES = /^((?:我的|我们的)[^是在叫住]{1,20})(?:现在)?住在(.+)$/u;
const CJK_IS = /^((?:我的|我们的|私の|僕の)[^是在叫はが]{1,20})(?:是|在|叫|は|が)(.+)$/u;

/** What a text claims of what can have one value only; null for everything else. Pure; bounded by {@link CLAIM_CHARACTERS_MAX}. */
export function readClaim(body: string): Claim | null {
  if (body.length > CLAIM_CHARACTERS_MAX) return null;
  const text = foldText(body)
    .replaceAll('’', "'")
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/(?<![.!。！\s])[.!。！\s]+$/g, '')
    .trim();
  return mine(text) ?? lives(text) ?? named(text) ?? is(text, body);
}

/** Claims of the speaker's own. */
function mine(text: string): Claim | null {
  if (THEN.test(text)) return null;
  for (const [about, patterns] of MINE) {
    for (const pattern of patterns) {
      const said = pattern.exec(text)?.[1];
      if (said !== undefined) return { about: `i: ${about}`, said };
    }
  }
  return null;
}

function lives(text: string): Claim | null {
  const [, subject = '', said] = LIVES.exec(text) ?? CJK_LIVES.exec(text) ?? [];
  return said === undefined || THEN.test(text) || isOfSeveral(subject) ? null : { about: `${subject}: home`, said };
}

function named(text: string): Claim | null {
  const [, subject = '', said] = CALLED.exec(text) ?? [];
  return said === undefined || isOfSeveral(subject) ? null : { about: `${subject}: name`, said };
}

function is(text: string, body: string): Claim | null {
  const [, subject = '', said] = IS.exec(text) ?? CJK_IS.exec(text) ?? [];
  if (said === undefined || isOfSeveral(subject)) return null;
  const value = said.replace(/です$/u, '');
  if (COLOURS.has(value)) return { about: `${subject}: colour`, said: value };
  return isSingle(subject, said, body) ? { about: subject, said } : null;
}

/** "My boss is Ann" says who; "my boss is kind" does not. */
function isSingle(subject: string, said: string, body: string): boolean {
  const head = headOf(subject);
  if (VALUED.has(head) || VALUED_CJK.test(subject) || FAVOURITE.test(subject)) return true;
  return NAMED_CJK.test(subject) ? TITLE_CJK.test(said) : NAMED.has(head) && isName(said, body);
}

/** Whether what is said begins as a name does, in the text as it was written. */
function isName(said: string, body: string): boolean {
  const first = body.trim().split(/\s+/).at(-said.split(' ').length) ?? '';
  return /^[\p{Lu}\p{N}]/u.test(first);
}

function isOfSeveral(subject: string): boolean {
  return SEVERAL.has(headOf(subject)) || SEVERAL_CJK.test(subject);
}

/** "the garage code of my aunt" is a code; "mi numero de telefono" a number. */
function headOf(subject: string): string {
  const [phrase = ''] = subject.split(/ (?:of|for|from|at|in|on|to|von|vom|fur|zu|zum|zur|du|des|de|del|pour|para) /u, 1);
  return phrase.split(' ').at(-1) ?? '';
}
