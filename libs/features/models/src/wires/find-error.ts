import { field, text } from './read-json.js';

/**
 * The error that a frame is or carries; null where it is none. `error: null`, an empty one, and what merely stands beside a reply
 * are none.
 */
export function findError(value: unknown, event: string): unknown {
  const error = field(value, 'error');
  if (isFilled(error)) return error;
  if (text(field(value, 'object')) === 'error' || text(field(value, 'type')) === 'error' || event === 'error') return value;
  const detail = field(value, 'detail');
  return isFilled(detail) && field(value, 'choices') === undefined ? value : null;
}

/** As {@link findError}, for a body that is all there is: a plain message without a reply is an error too. */
export function findErrorInBody(value: unknown): unknown {
  const found = findError(value, '');
  if (found !== null) return found;
  return text(field(value, 'message')) === '' && text(field(value, 'msg')) === '' ? null : value;
}

function isFilled(error: unknown): boolean {
  if (typeof error === 'string') return error !== '';
  return typeof error === 'object' && error !== null && Object.values(error).some((value) => value !== null && value !== '');
}
