import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { ERROR_STATUS, type ErrorBody, type ErrorCode } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { Logger } from '@openclaw/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';

const RETRY_AFTER_SECONDS = 5;
/** A client that is refused before its body has arrived may go on sending for this long, so that it gets to read the reply. */
const LINGER_MS = 2000;

/** What a person can do about an error that a framework raised. */
const SENTENCES: Partial<Record<ErrorCode, string>> = {
  bad_request: 'The request could not be read. Check that the body is valid JSON.',
  payload_too_large: 'The body is over the limit of gateway.limits.body_bytes. Send less.',
  unsupported_media_type: 'Send the body as JSON, with the header "Content-Type: application/json"; a file with its own type.',
  not_found: 'There is no such route.',
};

/** Whatever was thrown, wherever: one shape for the client, one line for the log. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const fault = toFault(thrown);
    if (fault.code === 'internal_error') {
      this.#logger.error({ err: thrown, request_id: http.getRequest<FastifyRequest>().id }, 'request failed');
    }
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (!reply.request.raw.complete) lingerThenClose(reply);
    for (const [name, value] of Object.entries(headersOf(fault))) void reply.header(name, value);
    void reply.status(ERROR_STATUS[fault.code]).send(fault.toBody());
  }
}

/** The headers that go with an error. */
export function headersOf(fault: Fault): Record<string, string> {
  const { poll_url: pollUrl, replayed } = fault.toBody().details;
  return {
    ...(typeof pollUrl === 'string' ? { location: pollUrl } : {}),
    ...(replayed === true ? { 'idempotency-replayed': 'true' } : {}),
    ...headersOfCode(fault),
  };
}

function headersOfCode(fault: Fault): Record<string, string> {
  const body: ErrorBody = fault.toBody();
  const seconds = body.details['retry_after_seconds'];
  switch (fault.code) {
    case 'unauthorized':
      return { 'www-authenticate': 'Bearer' };
    case 'method_not_allowed':
      return { allow: String(body.details['allow']) };
    case 'rate_limited':
    case 'service_unavailable':
      return { 'retry-after': String(typeof seconds === 'number' ? seconds : RETRY_AFTER_SECONDS) };
    default:
      return {};
  }
}

/** A thrown value as a Fault: ours as it is, the frameworks' by their status, everything else as `internal_error`. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(thrown);
  // Object.keys forgets the literal keys
  const code = (Object.keys(ERROR_STATUS) as ErrorCode[]).find((name) => ERROR_STATUS[name] === status);
  if (code === undefined || code === 'internal_error') return Fault.from(thrown);
  return new Fault(code, SENTENCES[code] ?? 'The request was refused.', { cause: thrown });
}

function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
}

/** Closing at once would reset the connection under the client's unread reply; a body that ends in time leaves it usable. */
function lingerThenClose(reply: FastifyReply): void {
  void reply.removeHeader('connection');
  const request = reply.request.raw;
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MS);
  request.once('end', () => {
    clearTimeout(timer);
  });
  request.once('close', () => {
    clearTimeout(timer);
  });
  request.resume();
}
