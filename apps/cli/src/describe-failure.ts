import { printable, printableLine, toJson } from './printable.js';

const NO_TOKEN = ' Give it in GATEWAY_AUTH_TOKEN, or name a file with it in OPENCLAW_TOKEN_FILE.';

/** A failure for whoever called: one line (a wrong configuration: one for each problem), or the body of an error as JSON. */
export function describeFailure(thrown: unknown, asJson: boolean): string {
  return asJson ? `${toJson(bodyOf(thrown))}\n` : `openclaw: ${sentenceOf(thrown)}\n`;
}

/** In the shape of the API's errors; what never reached the gateway has the status 0. */
function bodyOf(thrown: unknown): object {
  const { code, status, details, requestId } = fieldsOf(thrown);
  const isOfGateway = typeof status === 'number';
  return {
    error: isOfGateway && typeof code === 'string' ? code : fieldsOf(thrown).name === 'ConnectionError' ? 'unreachable' : 'failed',
    message: sentenceOf(thrown),
    status: isOfGateway ? status : 0,
    details: isOfGateway ? details : typeof code === 'string' ? { code } : {},
    ...(typeof requestId === 'string' ? { request_id: requestId } : {}),
  };
}

function sentenceOf(thrown: unknown): string {
  if (!Error.isError(thrown)) return 'failed for an unknown reason';
  const { code, status, details } = fieldsOf(thrown);
  if (thrown.name === 'ConfigError') return printable(thrown.message);
  const sentence = printableLine(
    thrown.message
      .split('\n')
      .map((line) => line.trim())
      .join(' '),
  );
  if (sentence === '' && typeof code === 'string') return code;
  return `${sentence}${status === 400 ? issuesOf(details) : ''}${status === 401 ? NO_TOKEN : ''}`;
}

/** What a 400 says of each field. */
function issuesOf(details: unknown): string {
  const { issues } = fieldsOf(details);
  if (!Array.isArray(issues)) return '';
  return issues
    .map((issue: unknown) => ` ${printableLine(`${String(fieldsOf(issue).path)}: ${String(fieldsOf(issue).message)}`)}.`)
    .join('');
}

type Field = 'name' | 'code' | 'status' | 'details' | 'requestId' | 'issues' | 'path' | 'message';

function fieldsOf(value: unknown): { readonly [Name in Field]?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}
