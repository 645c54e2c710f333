import { describe, expect, it } from '@jest/globals';
import { EmbeddingTrouble } from './embedder.types.js';
import { DIMENSIONS_MAX, readVectors } from './read-vectors.js';

const read = (body: unknown, wanted = 2, dimensions: number | null = null): number[][] =>
  readVectors(body, wanted, dimensions).map((vector) => [...vector]);
const two = [
  [1, 2],
  [3, 4],
];
const floats = (...numbers: number[]): string => Buffer.from(Float32Array.from(numbers).buffer).toString('base64');

describe('readVectors', () => {
  it.each<[string, unknown]>([
    [
      'as OpenAI gives them',
      {
        object: 'list',
        data: [
          { object: 'embedding', index: 0, embedding: [1, 2] },
          { index: 1, embedding: [3, 4] },
        ],
        model: 'x',
        usage: {},
      },
    ],
    [
      'out of order',
      {
        data: [
          { index: 1, embedding: [3, 4] },
          { index: 0, embedding: [1, 2] },
        ],
      },
    ],
    ['without numbers of their places', { data: [{ embedding: [1, 2] }, { embedding: [3, 4] }] }],
    [
      'all with the same place',
      {
        data: [
          { index: 0, embedding: [1, 2] },
          { index: 0, embedding: [3, 4] },
        ],
      },
    ],
    [
      'in base64',
      {
        data: [
          { index: 0, embedding: floats(1, 2) },
          { index: 1, embedding: floats(3, 4) },
        ],
      },
    ],
    ['as Ollama’s own API gives them', { model: 'x', embeddings: two, total_duration: 1 }],
    ['as a bare list', two],
    [
      'as a bare list of items',
      [
        { index: 0, embedding: [1, 2] },
        { index: 1, embedding: [3, 4] },
      ],
    ],
  ])('reads vectors %s', (_what, body) => {
    expect(read(body)).toEqual(two);
  });

  it.each<[string, unknown, number | null, string]>([
    ['a short batch', { data: [{ embedding: [1, 2] }] }, null, 'it gave 1 vectors for 2 texts'],
    ['a long batch', [...two, [5, 6]], null, 'it gave 3 vectors for 2 texts'],
    ['another length than before', two, 3, 'a vector of it has 2 numbers where 3 are expected'],
    [
      'two lengths',
      [
        [1, 2],
        [1, 2, 3],
      ],
      null,
      'a vector of it has 3 numbers where 2 are expected',
    ],
    ['an empty vector', [[], []], null, 'a vector of it has 0 numbers'],
    ['too long a vector', [Array(DIMENSIONS_MAX + 1).fill(1), [1]], null, `a vector of it has ${String(DIMENSIONS_MAX + 1)} numbers`],
    [
      'zeros',
      [
        [0, 0],
        [0, 0],
      ],
      null,
      'a vector of it is empty',
    ],
    ['NaN', { data: [{ embedding: floats(1, Number.NaN) }, { embedding: floats(1, 2) }] }, null, 'a vector of it holds what is no number'],
    [
      'infinity',
      { data: [{ embedding: floats(1, Infinity) }, { embedding: floats(1, 2) }] },
      null,
      'a vector of it holds what is no number',
    ],
    [
      'half a float',
      { data: [{ embedding: Buffer.from('abc').toString('base64') }, { embedding: floats(1, 2) }] },
      null,
      'a vector of it is no list of numbers',
    ],
    ['null among numbers', { data: [{ embedding: [1, null] }, { embedding: [1, 2] }] }, null, 'its answer holds no vectors'],
    ['an error with a good status', { error: { message: 'no' } }, null, 'its answer holds no vectors'],
    ['nothing', null, null, 'its answer holds no vectors'],
    ['text', 'hello', null, 'its answer holds no vectors'],
  ])('refuses %s', (_what, body, dimensions, message) => {
    expect(() => read(body, 2, dimensions)).toThrow(new EmbeddingTrouble('wrong', message));
  });
});
