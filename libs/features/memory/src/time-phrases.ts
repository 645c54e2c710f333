/** Calendar units. */
export type Unit = 'day' | 'week' | 'month' | 'year';

// All of these are looked for in folded text: no capitals, accents or Arabic vowels; Thai and Arabic letters as `foldText` leaves them.

/** Days by name and how many of them ahead they are, those first that contain others. */
export const DAYS: readonly (readonly [number, RegExp])[] = [
  [-2, /\b(?:day before yesterday|vorgestern|avant-hier|anteayer|antier)\b|前天|一昨日|おととい|그저께|그제|اول امس|เมื่อวานซืน/],
  [-1, /\b(?:yesterday|last night|gestern|hier|ayer|ieri|ontem)\b|昨天|昨晚|昨日|昨夜|어제|امس|البارحه|เมื่อวาน|вчера/],
  [0, /\b(?:today|tonight|this morning|heute|aujourd'hui|hoy|oggi|hoje)\b|今天|今日|今晚|오늘|اليوم|วันนี้|сегодня/],
];

/** How many units back, and which. */
export const PERIODS: readonly (readonly [number, Unit, RegExp])[] = [
  [
    1,
    'week',
    /\b(?:last|past|previous) week(?:end)?\b|\b(?:letzte|vorige|vergangene)[nrs]? woche(?:nende)?\b|\bsemaine derniere\b|\bsemana pasada\b/,
  ],
  [1, 'week', /上个?(?:周|星期|礼拜)|先週|지난 ?주|الاسبوع الماضي|(?:สัปดาห์|อาทิตย์)ที่แล้ว|на прошлой неделе/],
  [1, 'month', /\b(?:last|past|previous) month\b|\b(?:letzte|vorige|vergangene)[nr]? monat\b|\bmois dernier\b|\bmes pasado\b/],
  [1, 'month', /上个?月|先月|지난 ?달|الشهر الماضي|เดือนที่แล้ว|в прошлом месяце/],
  [1, 'year', /\b(?:last|past|previous) year\b|\b(?:letzte|vorige|vergangene)[ns]? jahr\b|\b(?:annee derniere|an dernier|ano pasado)\b/],
  [1, 'year', /去年|昨年|작년|지난해|السنه الماضيه|العام الماضي|ปีที่แล้ว|в прошлом году/],
  [
    0,
    'week',
    /\bthis week\b|\bdiese[rn]? woche\b|\bcette semaine\b|\besta semana\b|这个?(?:周|星期|礼拜)|本周|今週|이번 ?주|هذا الاسبوع|(?:สัปดาห์|อาทิตย์)นี้/,
  ],
  [0, 'month', /\bthis month\b|\bdiese[nms] monat\b|\bce mois\b|\beste mes\b|这个?月|本月|今月|이번 ?달|هذا الشهر|เดือนนี้/],
  [0, 'year', /\bthis year\b|\bdiese[ms] jahr\b|\bcette annee\b|\beste ano\b|今年|올해|هذه السنه|هذا العام|ปีนี้/],
];

/** So long ago, with `count` and one of `day`, `week`, `month`, `year`: the words around are those of one language each. */
export const AGO: readonly RegExp[] = [
  /\b(?<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|couple|few) (?:of )?(?:(?<day>day)|(?<week>week)|(?<month>month)|(?<year>year))s? ago\b/,
  /\bvor (?<count>\d{1,3}|eine[mnr]?|zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn) (?:(?<day>tag)|(?<week>woche)|(?<month>monat)|(?<year>jahr))/,
  /\bil y a (?<count>\d{1,3}|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix) (?:(?<day>jour)|(?<week>semaine)|(?<month>mois)|(?<year>an))/,
  /\bhace (?<count>\d{1,3}|una?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez) (?:(?<day>dia)|(?<week>semana)|(?<month>mes)|(?<year>ano))/,
  /(?<count>\d{1,3}|[一二两三四五六七八九十]) ?个?(?:(?<day>[天日])|(?<week>周|星期|礼拜|週間)|(?<month>月)|(?<year>年))[之以]?前/,
  /(?<count>\d{1,3}|[一二三四五六七八九十]) ?[かヶヵカケ](?:(?<month>月))前/,
  /(?<count>\d{1,3}|[한두세네]|다섯|여섯|일곱|여덟|아홉|열) ?(?:(?<day>일)|(?<week>주일?)|(?<month>달|개월)|(?<year>년)) ?전/,
  /(?<count>\d{1,3}) ?(?:(?<day>วัน)|(?<week>สัปดาห์|อาทิตย์)|(?<month>เดือน)|(?<year>ปี)) ?(?:ที่แล้ว|ก่อน)/,
];
/** Arabic has forms of its own for one and two of a unit. */
export const AGO_DUAL: readonly (readonly [number, Unit, RegExp])[] = [
  [1, 'day', /(?:قبل|منذ) يوم(?!\p{L})/u],
  [2, 'day', /(?:قبل|منذ) يومين/],
  [1, 'week', /(?:قبل|منذ) اسبوع(?!\p{L})/u],
  [2, 'week', /(?:قبل|منذ) اسبوعين/],
  [1, 'month', /(?:قبل|منذ) شهر(?!\p{L})/u],
  [2, 'month', /(?:قبل|منذ) شهرين/],
  [1, 'year', /(?:قبل|منذ) سنه(?!\p{L})/u],
  [2, 'year', /(?:قبل|منذ) سنتين/],
];

/**
 * Dates, the fullest first; each names some of `year`, `month`, `day` and `latest` (the last of its name is meant). A month may be any
 * word: `monthOf` knows.
 */
export const DATES: readonly RegExp[] = [
  /(?<year>(?:19|20)\d\d)-(?<month>[01]?\d)-(?<day>[0-3]?\d)(?!\d)/g,
  /(?:(?<year>(?:19|20)\d\d)[年년] ?)?(?<month>[01]?\d)[月월](?: ?(?<day>[0-3]?\d)[日号일])?/g,
  /\b(?<day>[0-3]?\d)(?:st|nd|rd|th|\.)?(?: of| de)? (?<month>[a-z]{3,10})\b(?:,?(?: of| de)? (?<year>(?:19|20)\d\d))?/g,
  /\b(?<month>[a-z]{3,10}) (?<day>[0-3]?\d)(?:st|nd|rd|th)?\b(?:,? (?<year>(?:19|20)\d\d))?/g,
  /\b(?<month>[a-z]{3,10})\b,?(?: of| de)? (?<year>(?:19|20)\d\d)\b/g,
  // `may` alone is seldom the month, and `march` seldom one either.
  /\b(?:in|on|during|since|im|am|seit|en|(?<latest>last|this|letzte[nr]?|diese[nr])) (?<month>[a-z]{3,10})\b/g,
];
/** A year that is no part of a longer number. */
export const YEAR_ALONE = /(?<![\d.,/-])(?:19|20)\d\d(?![.,/-]?\d)/;

/** A question for the time of something. */
export const ASKS_WHEN =
  /\b(?:when|what (?:day|date|year|month|time)|how long ago|wann|quand|cuando|quando)\b|когда|什么时候|何时|几月|哪天|哪年|いつ|何日|何月|언제|며칠|متي|เมื่อไหร่|เมื่อไร/;
/** A text that says when something was or will be. */
export const TELLS_WHEN: readonly RegExp[] = [
  /\b(?:yesterday|today|tonight|tomorrow|weekend|ago|(?:last|next|this|past) \w|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:19|20)\d\d|gestern|heute|morgen)\b/,
  /\b(?:last|next|this|past) [a-z]|\b(?:hier|demain|ayer|manana)\b|\d[月日年]|昨天|今天|明天|昨日|今日|明日|上周|下周|先週|来週|어제|오늘|내일|امس|اليوم|غدا|เมื่อวาน|วันนี้|พรุ่งนี้/,
  /\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b/,
  /\b(?:januar|februar|marz|mai|juni|juli|oktober|dezember|janvier|fevrier|avril|juin|juillet|aout|enero|febrero|marzo|abril|mayo|junio|julio|agosto)\b/,
];

const NUMBERS: ReadonlyMap<string, number> = new Map(
  [
    'a an one eine einem einen einer un une una 一 한',
    'two couple zwei deux dos 两 二 두',
    'three few drei trois tres 三 세',
    'four vier quatre cuatro 四 네',
    'five funf cinq cinco 五 다섯',
    'six sechs seis 六 여섯',
    'seven sieben sept siete 七 일곱',
    'eight acht huit ocho 八 여덟',
    'nine neun neuf nueve 九 아홉',
    'ten zehn dix diez 十 열',
  ].flatMap((words, index) => words.split(' ').map((word) => [word, index + 1] as const)),
);
const MONTHS: ReadonlyMap<string, number> = new Map(
  [
    'january januar janner janvier enero',
    'february februar fevrier febrero',
    'march marz mars marzo',
    'april avril abril',
    'may mai mayo',
    'june juni juin junio',
    'july juli juillet julio',
    'august aout agosto',
    'september septembre septiembre',
    'october oktober octobre octubre',
    'november novembre noviembre',
    'december dezember decembre diciembre',
  ].flatMap((names, index) => names.split(' ').map((name) => [name, index + 1] as const)),
);
const DIGITS = /^\d{1,4}$/;

/** What a number word means; 0 where it is none. */
export function numberOf(word: string): number {
  return NUMBERS.get(word) ?? (DIGITS.test(word) ? Number(word) : 0);
}

/** A month by its name or number as 1 to 12, or null. */
export function monthOf(name: string): number | null {
  const month = MONTHS.get(name) ?? (DIGITS.test(name) ? Number(name) : 0);
  return month >= 1 && month <= 12 ? month : null;
}
