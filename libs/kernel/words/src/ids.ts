import { hash } from 'node:crypto';
import { fromString, fromUUID, toUUID, typeidUnboxed } from 'typeid-js';
import { z } from 'zod';

/** The kinds of thing that carry an id on the wire. */
export const ID_PREFIXES = ['conv', 'msg', 'mem', 'tok', 'sch', 'work', 'file'] as const;
export type IdPrefix = (typeof ID_PREFIXES)[number];

/** `conv_01h2xcejqtf2nbrexx3vqjhp41`: a TypeID (UUIDv7 in base 32), sortable by the time it was made. */
export type Id<P extends IdPrefix> = `${P}_${string}`;
/** `conv_` and a UUIDv7 in base 32. */
export type ConversationId = Id<'conv'>;
/** `msg_` and a UUIDv7 in base 32; that of a reply is its run's too. */
export type MessageId = Id<'msg'>;
/** `mem_` and a UUIDv7 in base 32. */
export type MemoryId = Id<'mem'>;
/** `work_` and a UUIDv7 in base 32. */
export type WorkId = Id<'work'>;
export type FileId = Id<'file'>;

const PATTERN = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** A new id, later than every id this process made before. */
export function newId<P extends IdPrefix>(prefix: P): Id<P> {
  return `${prefix}_${suffixOf(typeidUnboxed(prefix))}`;
}

/** True where `value` is a well-formed id of that kind; says nothing about whether the thing exists. */
export function isId<P extends IdPrefix>(prefix: P, value: string): value is Id<P> {
  return value.startsWith(`${prefix}_`) && PATTERN.test(suffixOf(value));
}

/** The zod schema of an id; the wire form is a plain string. Always the same object for a prefix: OpenAPI names each schema once. */
export function idSchema<P extends IdPrefix>(prefix: P): z.ZodType<Id<P>, string> {
  return ID_SCHEMAS[prefix];
}

function makeIdSchema<P extends IdPrefix>(prefix: P): z.ZodType<Id<P>, string> {
  return z
    .string()
    .refine((value): value is Id<P> => isId(prefix, value), { error: `must be an id that starts with ${prefix}_` })
    .meta({ id: `${prefix}_id`, description: `An opaque id, sortable by time`, examples: [`${prefix}_01h2xcejqtf2nbrexx3vqjhp41`] });
}

const ID_SCHEMAS: { readonly [P in IdPrefix]: z.ZodType<Id<P>, string> } = {
  conv: makeIdSchema('conv'),
  msg: makeIdSchema('msg'),
  mem: makeIdSchema('mem'),
  tok: makeIdSchema('tok'),
  sch: makeIdSchema('sch'),
  work: makeIdSchema('work'),
  file: makeIdSchema('file'),
};

/** The form in which Postgres keeps an id. Throws where it is malformed: ids are checked at the door. */
export function idToUuid(id: Id<IdPrefix>): string {
  return toUUID(fromString(id));
}

/** The wire form of an id that Postgres keeps as a uuid. */
export function uuidToId<P extends IdPrefix>(prefix: P, uuid: string): Id<P> {
  return `${prefix}_${suffixOf(fromUUID(uuid, prefix))}`;
}

/**
 * An id that depends on nothing but its arguments, as old as `from`: the same thing made again gets the same id.
 * @param salt tells apart what is made within `from`
 */
export function deriveId<P extends IdPrefix>(prefix: P, from: Id<IdPrefix>, salt: string): Id<P> {
  const time = idToUuid(from).replaceAll('-', '').slice(0, 12);
  const random = hash('sha256', `${from}:${salt}`, 'hex');
  const uuid = [time.slice(0, 8), time.slice(8), `7${random.slice(0, 3)}`, `8${random.slice(3, 6)}`, random.slice(6, 18)].join('-');
  return uuidToId(prefix, uuid);
}

function suffixOf(id: string): string {
  return id.slice(id.lastIndexOf('_') + 1);
}
