import { Fault } from '@openclaw/errors';

/** @param what how to call it: `The body`, `This frame`. @throws Fault `bad_request` */
export function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw new Fault('bad_request', `${what} is not valid JSON.`, { cause: thrown });
  }
}
