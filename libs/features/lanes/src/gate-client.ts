import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { type Frame, FrameReader, writeFrame } from './frame.js';
import {
  bytesOfResult,
  gateErrorSchema,
  type GateReport,
  gateReportSchema,
  LIMITS,
  type RunRequest,
  type RunResult,
  runResultSchema,
} from './wire.schema.js';
import { SkillTrouble } from './skill-trouble.js';

const REPORT_MS = 2000;
const SMALL_BYTES_MAX = 65_536;
const BODY_BYTES_MAX = LIMITS.outputBytes + LIMITS.errorBytes + LIMITS.madeBytes;

/** The gate as its HTTP is, on the network that only workers and it are on. */
export class GateClient {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  /** Without a bound of its own: it is the gate that says when too much waits. */
  readonly #agent = new Agent({ keepAlive: true });

  /** @param url with name and password, which go as Basic authentication */
  constructor(url: string) {
    const { protocol, host, username, password } = new URL(url);
    this.#url = new URL(`${protocol}//${host}`);
    this.#headers = {
      authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
    };
  }

  /** @param parts the bytes that `head` tells of. Aborting ends the call in its lane. @throws SkillTrouble */
  async run(head: RunRequest, parts: readonly Uint8Array[], signal: AbortSignal): Promise<Frame<RunResult>> {
    const answer = await this.#ask('POST', '/runs', writeFrame(head, parts), signal);
    if (answer.statusCode !== 200) throw await toTrouble(answer);
    const reader = new FrameReader({
      parse: (line) => runResultSchema.parse(line),
      bytesOf: bytesOfResult,
      lineBytesMax: LIMITS.lineBytes,
      bodyBytesMax: BODY_BYTES_MAX,
    });
    // An answer without an encoding gives bytes.
    for await (const piece of answer as AsyncIterable<Buffer>) {
      const [frame] = reader.push(piece);
      if (frame) return frame;
    }
    throw new SkillTrouble('away', 'The answer of skill-gate ended early.');
  }

  /** How the lanes are. @throws SkillTrouble where the gate does not answer */
  async report(): Promise<GateReport> {
    const answer = await this.#ask('GET', '/lanes', null, AbortSignal.timeout(REPORT_MS));
    if (answer.statusCode !== 200) throw await toTrouble(answer);
    return gateReportSchema.parse(JSON.parse(await readSmall(answer)));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask(method: string, path: string, body: Buffer | null, signal: AbortSignal): Promise<IncomingMessage> {
    const length = body === null ? {} : { 'content-length': String(body.length), 'content-type': 'application/octet-stream' };
    const asked = request(new URL(path, this.#url), { method, agent: this.#agent, signal, headers: { ...this.#headers, ...length } });
    asked.end(body ?? undefined);
    try {
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]; // as Node documents the event
      return answer;
    } catch (thrown) {
      signal.throwIfAborted();
      throw new SkillTrouble('away', 'skill-gate cannot be reached.', { cause: thrown });
    }
  }
}

async function toTrouble(answer: IncomingMessage): Promise<SkillTrouble> {
  const text = await readSmall(answer);
  const told = answer.headers['content-type'] === 'application/json' ? gateErrorSchema.safeParse(JSON.parse(text)).data : undefined;
  return told ? new SkillTrouble(told.error, told.message) : new SkillTrouble('away', `skill-gate answered ${String(answer.statusCode)}.`);
}

async function readSmall(answer: IncomingMessage): Promise<string> {
  let text = '';
  // With an encoding it gives text.
  for await (const piece of answer.setEncoding('utf8') as AsyncIterable<string>) {
    text += piece;
    if (text.length > SMALL_BYTES_MAX) throw new SkillTrouble('away', 'An answer of skill-gate does not end.');
  }
  return text;
}
