/** {expression?, value?, from?, to?} ─► {result, unit?}: an expression by recursive descent, units by factors to one base of their kind. */
import { readFileSync } from 'node:fs';

const CONSTANTS = { pi: Math.PI, e: Math.E };
const FUNCTIONS = {
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  abs: Math.abs,
  floor: Math.floor,
  ceil: Math.ceil,
  ln: Math.log,
  log: Math.log10,
  log2: Math.log2,
  exp: Math.exp,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  min: Math.min,
  max: Math.max,
  round: (value, digits = 0) => Number(`${Math.round(Number(`${value}e${digits}`))}e${-digits}`),
};
const DEPTH_MAX = 100;

const KINDS = {
  length: {
    m: 1,
    km: 1000,
    cm: 0.01,
    mm: 0.001,
    um: 1e-6,
    nm: 1e-9,
    mi: 1609.344,
    mile: 1609.344,
    yd: 0.9144,
    ft: 0.3048,
    in: 0.0254,
    nmi: 1852,
  },
  mass: { kg: 1, g: 0.001, mg: 1e-6, t: 1000, lb: 0.45359237, oz: 0.028349523125, st: 6.35029318 },
  volume: {
    l: 1,
    ml: 0.001,
    cl: 0.01,
    m3: 1000,
    gal: 3.785411784,
    qt: 0.946352946,
    pt: 0.473176473,
    cup: 0.2365882365,
    floz: 0.0295735295625,
    tbsp: 0.01478676478125,
    tsp: 0.00492892159375,
  },
  time: { s: 1, ms: 0.001, min: 60, h: 3600, d: 86400, day: 86400, week: 604800 },
  speed: { 'm/s': 1, 'km/h': 1 / 3.6, kmh: 1 / 3.6, mph: 0.44704, kn: 1852 / 3600 },
  area: { m2: 1, km2: 1e6, cm2: 1e-4, ha: 1e4, acre: 4046.8564224, ft2: 0.09290304, mi2: 2589988.110336 },
  energy: { j: 1, kj: 1000, cal: 4.184, kcal: 4184, wh: 3600, kwh: 3.6e6 },
  data: { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4, bit: 0.125 },
};
const WORDS = {
  meter: 'm',
  metre: 'm',
  kilometer: 'km',
  kilometre: 'km',
  centimeter: 'cm',
  centimetre: 'cm',
  millimeter: 'mm',
  millimetre: 'mm',
  yard: 'yd',
  foot: 'ft',
  feet: 'ft',
  inch: 'in',
  kilogram: 'kg',
  kilo: 'kg',
  gram: 'g',
  tonne: 't',
  pound: 'lb',
  ounce: 'oz',
  stone: 'st',
  liter: 'l',
  litre: 'l',
  milliliter: 'ml',
  millilitre: 'ml',
  gallon: 'gal',
  quart: 'qt',
  pint: 'pt',
  second: 's',
  sec: 's',
  minute: 'min',
  hour: 'h',
  hr: 'h',
  knot: 'kn',
  'mi/h': 'mph',
  hectare: 'ha',
  joule: 'j',
  calorie: 'cal',
  byte: 'b',
};
const TEMPERATURES = { c: [1, 273.15], f: [5 / 9, 459.67 * (5 / 9)], k: [1, 0] };

class Expression {
  constructor(text) {
    this.tokens = text.toLowerCase().match(/\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+|[a-z][a-z0-9]*|\S/g) ?? [];
    this.at = 0;
    this.depth = 0;
  }

  value() {
    const value = this.sum();
    if (this.at < this.tokens.length) throw new Error(`what is ${JSON.stringify(this.tokens[this.at])} doing there?`);
    return value;
  }

  sum() {
    if ((this.depth += 1) > DEPTH_MAX) throw new Error('too many brackets within brackets');
    let value = this.product();
    for (let sign = this.take('+', '-'); sign; sign = this.take('+', '-')) value += (sign === '-' ? -1 : 1) * this.product();
    this.depth -= 1;
    return value;
  }

  product() {
    let value = this.signed();
    for (let sign = this.take('*', '/', '×', '÷', '%', 'of', 'mod'); sign; sign = this.take('*', '/', '×', '÷', '%', 'of', 'mod')) {
      if (sign === '%' && !this.startsValue()) value /= 100;
      else if (sign === '%' && this.peek() === 'of') value /= 100;
      else value = apply(sign, value, this.signed());
    }
    return value;
  }

  signed() {
    let sign = 1;
    for (let each = this.take('-', '+', '−'); each; each = this.take('-', '+', '−')) sign *= each === '+' ? 1 : -1;
    const base = this.postfix();
    return sign * (this.take('^') ? base ** this.signed() : base);
  }

  postfix() {
    let value = this.atom();
    for (let mark = this.take('!', 'deg'); mark; mark = this.take('!', 'deg'))
      value = mark === '!' ? factorial(value) : (value * Math.PI) / 180;
    return value;
  }

  atom() {
    const token = this.tokens[this.at];
    if (token === undefined) throw new Error('it ends too early');
    this.at += 1;
    if (token === '(') return this.closed(this.sum());
    if (/^[\d.]/.test(token)) return Number(token);
    if (Object.hasOwn(CONSTANTS, token)) return CONSTANTS[token];
    if (!Object.hasOwn(FUNCTIONS, token) || !this.take('(')) throw new Error(`what is ${JSON.stringify(token)}?`);
    const given = [this.sum()];
    while (this.take(',')) given.push(this.sum());
    return this.closed(FUNCTIONS[token](...given));
  }

  closed(value) {
    if (!this.take(')')) throw new Error('a bracket is not closed');
    return value;
  }

  take(...wanted) {
    return wanted.includes(this.tokens[this.at]) ? this.tokens[this.at++] : null;
  }

  peek() {
    return this.tokens[this.at];
  }

  startsValue() {
    const next = this.peek();
    return next !== undefined && (/^[\d.(]/.test(next) || Object.hasOwn(CONSTANTS, next) || Object.hasOwn(FUNCTIONS, next));
  }
}

function apply(sign, left, right) {
  if (sign === '*' || sign === '×' || sign === 'of') return left * right;
  if (right === 0) throw new Error('nothing can be divided by 0');
  return sign === '/' || sign === '÷' ? left / right : left % right;
}

function factorial(value) {
  if (!Number.isInteger(value) || value < 0 || value > 170) throw new Error('the factorial of a whole number from 0 to 170 only');
  return Array.from({ length: value }, (_, index) => index + 1).reduce((product, each) => product * each, 1);
}

function convert(value, from, to) {
  const [a, b] = [from, to].map((unit) => unit.trim().toLowerCase().replace('°', '').replace('²', '2').replace('³', '3'));
  const [hot, cold] = [TEMPERATURES[a], TEMPERATURES[b]];
  if (hot && cold) return (value * hot[0] + hot[1] - cold[1]) / cold[0];
  const named = (units, unit) =>
    [unit, unit.replace(/s$/, ''), unit.replace(/es$/, '')].map((name) => WORDS[name] ?? name).find((name) => Object.hasOwn(units, name));
  for (const units of Object.values(KINDS)) {
    const [one, other] = [named(units, a), named(units, b)];
    if (one && other) return (value * units[one]) / units[other];
  }
  throw new Error(
    `${from} cannot be made into ${to}; known are ${Object.values(KINDS)
      .flatMap((units) => Object.keys(units))
      .join(', ')}, C, F, K`,
  );
}

/** As people write it: what binary fractions add at the end is cut off. */
const clean = (value) => Number(value.toPrecision(15));

try {
  const { expression, value, from, to } = JSON.parse(readFileSync(0, 'utf8'));
  if (expression === undefined && value === undefined) throw new Error('give an expression, or a value with from and to');
  if ((from === undefined) !== (to === undefined) || (expression === undefined && from === undefined))
    throw new Error('give both from and to');
  const found = value ?? new Expression(expression).value();
  const result = from === undefined ? found : convert(found, from, to);
  if (!Number.isFinite(result)) throw new Error('that is no number');
  console.log(JSON.stringify({ result: clean(result), ...(to === undefined ? {} : { unit: to }) }));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
