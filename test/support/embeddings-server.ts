import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

/** What the server does with a request; `numbers` are the vectors that it would give. */
export type EmbeddingsManner = (response: ServerResponse, numbers: readonly number[][], texts: readonly string[]) => void;

export interface EmbeddingsServer extends AsyncDisposable {
  /** Up to and with /v1. */
  readonly url: string;
  /** Bodies of the requests, in order. */
  readonly asked: { input: string[]; model: string; input_type?: string; dimensions?: number }[];
  /** What came as Authorization. */
  readonly keys: (string | undefined)[];
  manner: EmbeddingsManner;
}

/** Words that mean one thing, of several languages: a number of the vector each. */
const MEANINGS = [
  ['dog', 'hund', '狗', 'puppy', 'leash'],
  ['car', 'auto', '汽车', 'drive', 'wheel'],
  ['bread', 'brot', '面包', 'bake', 'oven'],
  ['rain', 'regen', '雨', 'umbrella', 'wet'],
];

/** A vector of what the text is about, and a little of how it is written, so that no two are the same. */
export function meaningOf(text: string, dimensions: number): number[] {
  const about = MEANINGS.map((words) => words.filter((word) => text.toLowerCase().includes(word)).length);
  const noise = Array.from(
    { length: dimensions - about.length },
    (_, index) => ((text.charCodeAt(index % Math.max(1, text.length)) || 7) % 17) / 400 + 0.01,
  );
  return [...about, ...noise];
}

export const well: EmbeddingsManner = (response, numbers) => {
  response
    .setHeader('content-type', 'application/json')
    .end(JSON.stringify({ object: 'list', data: numbers.map((embedding, index) => ({ object: 'embedding', index, embedding })) }));
};
const answering =
  (body: unknown, status = 200): EmbeddingsManner =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

/** Every way in which an embedder can fail that a search must outlive. */
export const TROUBLES: Readonly<Record<string, EmbeddingsManner>> = {
  'is killed at every text': (response) => {
    response.destroy();
  },
  'never answers': () => undefined,
  'answers 500': answering({ error: { message: 'out of memory' } }, 500),
  'answers 429': answering({ error: { message: 'slow down' } }, 429),
  'answers 401': answering({ error: { message: 'no' } }, 401),
  'answers rubbish': answering('<html>welcome</html>'),
  'answers nothing': answering(''),
  'gives another length': (response, numbers, texts) => {
    well(
      response,
      numbers.map((each) => [...each, 1]),
      texts,
    );
  },
  'gives NaN': (response, numbers) => {
    answering({
      data: numbers.map((each) => ({ embedding: Buffer.from(Float32Array.from(each.map(() => Number.NaN)).buffer).toString('base64') })),
    })(response, [], []);
  },
  'gives zeros': (response, numbers, texts) => {
    well(
      response,
      numbers.map((each) => each.map(() => 0)),
      texts,
    );
  },
  'gives too few': (response, numbers, texts) => {
    well(response, numbers.slice(1), texts);
  },
  'answers without end': (response) => {
    response.setHeader('content-type', 'application/json');
    const pour = (): void => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    };
    response.on('drain', pour);
    pour();
  },
};

/** A server that speaks OpenAI's embeddings API, as well or as badly as a test wants. */
export async function startEmbeddingsServer(dimensions = 16): Promise<EmbeddingsServer> {
  const served: Pick<EmbeddingsServer, 'asked' | 'keys' | 'manner'> = { asked: [], keys: [], manner: well };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as EmbeddingsServer['asked'][number]; // our own client wrote it
        served.asked.push(body);
        served.keys.push(request.headers.authorization);
        served.manner(
          response,
          body.input.map((text) => meaningOf(text, dimensions)),
          body.input,
        );
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${String(typeof address === 'object' && address ? address.port : 0)}/v1`;
  return Object.assign(served, {
    url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
