import { z } from 'zod';
import { EmbeddingTrouble } from './embedder.types.js';

/** More than this does not fit a row. */
export const DIMENSIONS_MAX = 3500;

const vectorSchema = z.union([z.array(z.number()), z.string()]);
const itemSchema = z.object({ embedding: vectorSchema, index: z.number().int().optional() });
const bodySchema = z.union([
  z.object({ data: z.array(itemSchema) }).transform(({ data }) => inOrder(data)),
  z.object({ embeddings: z.array(vectorSchema) }).transform(({ embeddings }) => embeddings), // Ollama's own
  z.array(itemSchema).transform(inOrder), // llama.cpp, text-embeddings-inference
  z.array(vectorSchema),
]);

/**
 * The vectors of an answer, read leniently: as OpenAI gives them, in base64, or as other servers do; what else is there is ignored.
 * @param wanted how many texts were sent @param dimensions how long each must be; null for any one length
 * @throws EmbeddingTrouble `wrong`
 */
export function readVectors(body: unknown, wanted: number, dimensions: number | null): Float32Array[] {
  const read = bodySchema.safeParse(body);
  if (!read.success) throw wrong('its answer holds no vectors');
  if (read.data.length !== wanted) throw wrong(`it gave ${String(read.data.length)} vectors for ${String(wanted)} texts`);
  const vectors = read.data.map(toNumbers);
  const length = dimensions ?? vectors[0]?.length ?? 0;
  for (const vector of vectors) check(vector, length);
  return vectors;
}

function check(vector: Float32Array, length: number): void {
  const has = `a vector of it has ${String(vector.length)} numbers`;
  if (vector.length === 0 || vector.length > DIMENSIONS_MAX) throw wrong(has);
  if (vector.length !== length) throw wrong(`${has} where ${String(length)} are expected`);
  if (!vector.every(Number.isFinite)) throw wrong('a vector of it holds what is no number');
  if (vector.every((number) => number === 0)) throw wrong('a vector of it is empty');
}

/** By their numbers where those name each once, else as they came. */
function inOrder(items: readonly z.output<typeof itemSchema>[]): (number[] | string)[] {
  const byIndex = new Map(items.map((item) => [item.index, item.embedding]));
  const sorted = items.map((_item, index) => byIndex.get(index));
  const isWhole = sorted.every((vector) => vector !== undefined);
  return isWhole ? sorted : items.map(({ embedding }) => embedding);
}

/** Base64 holds little-endian floats of 32 bits. */
function toNumbers(vector: number[] | string): Float32Array {
  if (typeof vector !== 'string') return Float32Array.from(vector);
  const bytes = Buffer.from(vector, 'base64');
  if (bytes.length % 4 !== 0) throw wrong('a vector of it is no list of numbers');
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}

function wrong(message: string): EmbeddingTrouble {
  return new EmbeddingTrouble('wrong', message);
}
