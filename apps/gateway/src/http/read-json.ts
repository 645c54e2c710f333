import { Fault } from '@openclaw/errors';

const BYTE_ORDER_MARK = '\ufeff';

/**
 * A mark of byte order before it is let pass (RFC 8259, 8.1).
 * @param what how to call it: `The body`, `This frame`.
 * @throws Fault `bad_request`
 */
export function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw new Fault('bad_request', `${what} is not valid JSON.`, { cause: thrown });
  }
}
