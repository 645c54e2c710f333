import { z } from 'zod';

/** A whole number; the environment and `${…}` references bring it as text. */
export const integer = (min: number, max: number): z.ZodType<number> =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^[+-]?\d+$/.test(value.trim()) ? Number(value) : value),
    z.number().int().min(min).max(max),
  );
const DAY_MS = 86_400_000;
/** Milliseconds, up to a day. */
export const durationMs = (fallbackMs: number, minMs = 1): z.ZodDefault<z.ZodType<number>> => integer(minMs, DAY_MS).default(fallbackMs);
/** How many of something. */
export const count = (fallback: number, min = 1, max = 1_000_000): z.ZodDefault<z.ZodType<number>> => integer(min, max).default(fallback);
/** Yes or no; the environment brings it as text. */
export const flag = (fallback: boolean): z.ZodDefault<z.ZodType<boolean>> =>
  z
    .preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean('must be true or false'))
    .default(fallback);
/** A YAML list of such texts; in an environment variable, values between commas. */
export const listOf = (item: z.ZodType<string>, fallback: string[] = []): z.ZodDefault<z.ZodType<string[]>> =>
  z
    .preprocess(
      (value) =>
        typeof value === 'string'
          ? value
              .split(',')
              .map((each) => each.trim())
              .filter(Boolean)
          : value,
      z.array(item),
    )
    .default(fallback);
/** A list of any texts. */
export const list = (): z.ZodDefault<z.ZodType<string[]>> => listOf(z.string());
/** Marks a value that no log, reply or event may show. */
export const secret = (): z.ZodDefault<z.ZodString> => z.string().default('').meta({ secret: true });
/** As {@link flag}, without a default. */
export const flagOnly = (): z.ZodType<boolean> => flag(false).unwrap();
/** US dollars. */
export const price = (): z.ZodType<number> =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), z.number().min(0).max(1_000_000));
/** A part of a whole that is never all or nothing. */
export const share = (fallback: number): z.ZodDefault<z.ZodType<number>> =>
  z
    .preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), z.number().min(0.01).max(0.97))
    .default(fallback);
/** From 0 to 1. */
export const fraction = (fallback: number): z.ZodDefault<z.ZodType<number>> =>
  z
    .preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), z.number().min(0).max(1))
    .default(fallback);
/** Days; 0 for never. */
export const days = (fallback: number): z.ZodDefault<z.ZodType<number>> => count(fallback, 0, 36_500);
/** People leave the scheme out. */
export const proxyUrl = (): z.ZodDefault<z.ZodType<string>> =>
  z
    .preprocess(
      (value) => (typeof value === 'string' && value.trim() !== '' && !value.includes('://') ? `http://${value.trim()}` : value),
      z.union([z.literal(''), z.url({ protocol: /^https?$/, error: 'must be an address such as http://proxy.example:3128' })]),
    )
    .default('')
    .meta({ secret: true });
/** Keys under a name of their own; left out, all of them have their defaults. */
export const section = <S extends z.ZodRawShape>(shape: S): z.ZodPrefault<z.ZodObject<S, z.core.$strict>> =>
  z.strictObject(shape).prefault({} as never); // every key inside has a default of its own

/**
 * Marks a key, or all keys of a section, as taken up by every process within two seconds of a change. All others need a restart;
 * what reads a live key asks `Settings` each time.
 */
export const live = <S extends z.ZodType>(schema: S): S => schema.meta({ live: true });

/**
 * Marks a key, or all keys of a section, that file and environment alone may set: where what the API changed is kept, and files by name.
 */
export const local = <S extends z.ZodType>(schema: S): S => schema.meta({ local: true });
