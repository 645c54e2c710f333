import { type Issue, toIssueDetails } from '@openclaw/words';
import { Fault } from '@openclaw/errors';

/** 400 with `details.issues`, at most 50 and then `more`; the first problem stands in the sentence too. */
export function invalid(issues: readonly Issue[]): Fault {
  const details = toIssueDetails(issues);
  const [first] = details.issues;
  const where = first?.path ? `${first.path} ` : '';
  return new Fault('bad_request', `The request is not valid: ${where}${first?.message ?? ''}`, { details: { ...details } });
}
