import { toStorable, toStorableJson } from './to-storable.js';

/** Postgres' types by their short names, and what node-postgres makes of a value of each. An int8 may exceed what a number holds. */
interface Types {
  uuid: string;
  text: string;
  bool: boolean;
  int4: number;
  int8: string;
  float4: number;
  float8: number;
  timestamptz: Date;
  json: unknown;
  jsonb: unknown;
  bytea: Buffer;
}

type Nullable<Name extends string> = Name | `${Name}?`;

/** The type of a parameter or column: `uuid`, `text[]`, with `?` where it may be null. */
export type TypeName = Nullable<keyof Types | `${keyof Types}[]`>;

/** A type that TypeScript knows better than Postgres: an enum, a shape of JSON. */
export interface Narrowed<T> {
  readonly type: string;
  /** Never there: it carries the type. */
  readonly value?: T;
}

/** @param type Postgres' name for it, with `?` where it may be null */
export function of<T>(type: string): Narrowed<T> {
  return { type };
}

/** Parameters or columns by name. */
export type Spec = Readonly<Record<string, TypeName | Narrowed<unknown>>>;

type ValueOf<T> =
  T extends Narrowed<infer V>
    ? V
    : T extends `${infer Name}?`
      ? ValueOf<Name> | null
      : T extends `${infer Name extends keyof Types}[]`
        ? readonly Types[Name][]
        : T extends keyof Types
          ? Types[T]
          : never;

/** What a parameter takes beyond what a column gives. */
type GivenOf<T> = T extends 'int8' ? number | string : T extends 'int8?' ? number | string | null : ValueOf<T>;

/** The values of a statement's parameters, by name. */
export type Params<P extends Spec> = { readonly [K in keyof P]: GivenOf<P[K]> };

/** A row of a statement's result. */
export type Row<R extends Spec> = { readonly [K in keyof R]: ValueOf<R[K]> };

/** What a statement is, as its store writes it down. */
export interface StatementSource<P extends Spec, R extends Spec> {
  /** Its name in Postgres, where each connection parses it once. */
  readonly name: string;
  readonly params?: P;
  /** The columns of its result; none where nobody reads them. */
  readonly row?: R;
  /** True for what is short and frequent: it shares a connection with others instead of having one to itself. */
  readonly pipelined?: true;
  /** `anew` where which plan is good depends on the values: it is planned anew each time, for a millisecond, instead of once for all. */
  readonly planned?: 'anew';
  /** Why it may read or write what belongs to persons without naming one, where it does: a test asks for it. */
  readonly anybodys?: string;
  /** SQL with a `:name` for each parameter, as often as it likes. */
  readonly text: string;
}

/** A prepared statement with typed parameters and rows. */
export interface Statement<P extends Spec = Spec, R extends Spec = Spec> {
  readonly name: string;
  readonly pipelined: boolean;
  readonly isPlannedAnew: boolean;
  /** As Postgres takes it, with `$1` and its type for each parameter. */
  readonly text: string;
  readonly params: P;
  readonly row: R;
  /** The parameters in the order of their numbers. */
  readonly order: readonly string[];
  readonly anybodys: string | null;
}

/** A statement on what belongs to persons: it is run on behalf of one, by `as`, and by nothing else. */
export interface OwnedStatement<P extends Spec = Spec, R extends Spec = Spec> {
  readonly owned: Statement<P, R>;
}

/** What every owned statement may name: the person that it acts for, and whose things it sees (null: everybody's). */
const VIEWER = { person: 'text', sees: 'text?' } as const;

/** A quoted text, a comment, a cast, or a parameter. */
const TOKEN = /'[^']*'|--[^\n]*|::|:([a-z]\w*)/gi;
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- no names at all is what it means
type None = Readonly<Record<never, TypeName>>;

/**
 * Writes a statement down once. Its parameters have names and types, so that none can take another's place; a test holds both, and
 * the columns of its rows, against the schema.
 * @throws Error where text and `params` name different parameters: a mistake that no process survives
 */
export function statement<const P extends Spec = None, const R extends Spec = None>(source: StatementSource<P, R>): Statement<P, R> {
  const params = source.params ?? ({} as P); // none declared
  return compile(source, params, params);
}

/**
 * As {@link statement}, on what belongs to persons. Its text says whose rows it means by `:sees` (null for everybody's) or, where it
 * makes something, by `:person`; both are filled in from the caller.
 */
export function ownedStatement<const P extends Spec = None, const R extends Spec = None>(
  source: StatementSource<P, R>,
): OwnedStatement<P, R> {
  const params = source.params ?? ({} as P); // none declared
  const compiled = compile(source, { ...VIEWER, ...params }, params);
  if (!compiled.order.some((param) => param in VIEWER)) throw new Error(`statement ${source.name} does not say whose`);
  return { owned: compiled };
}

/** @param known parameters that the text may name @param wanted those that it must name */
function compile<P extends Spec, R extends Spec>(source: StatementSource<P, R>, known: Spec, wanted: P): Statement<P, R> {
  const { name, pipelined = false, anybodys = null } = source;
  const isPlannedAnew = source.planned === 'anew';
  const order: string[] = [];
  const text = source.text.replace(TOKEN, (token, param: string | undefined) => {
    if (param === undefined) return token;
    const type = known[param];
    if (type === undefined) throw new Error(`statement ${name} has no parameter ${param}`);
    if (!order.includes(param)) order.push(param);
    return `$${String(order.indexOf(param) + 1)}::${typeOf(type)}`;
  });
  const unused = Object.keys(wanted).filter((param) => !order.includes(param));
  if (unused.length > 0) throw new Error(`statement ${name} does not use ${unused.join(', ')}`);
  // `known` holds `wanted` and what every owned statement has besides; a row that is not declared is read by nobody.
  return { name, pipelined, isPlannedAnew, text, params: known as P, row: source.row ?? ({} as R), order, anybodys };
}

/** Postgres' name for it. */
export function typeOf(type: TypeName | Narrowed<unknown>): string {
  return (typeof type === 'string' ? type : type.type).replace(/\?$/, '');
}

/**
 * The values in the order of their numbers, as node-postgres takes them: a list would become an array, so JSON goes as text. Text that
 * Postgres cannot carry is made plain here, once for every writer.
 */
export function valuesOf(source: Statement, values: Readonly<Record<string, unknown>>): unknown[] {
  return source.order.map((param) => {
    const value = values[param];
    const isJson = /^jsonb?$/.test(typeOf(source.params[param] ?? 'text'));
    return isJson && value !== null ? toStorableJson(value) : toStorable(value);
  });
}
