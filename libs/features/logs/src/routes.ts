import { EventAnswer, type GatewayKernel, handle, type HandlerRequest, invalid, type RouteHandler } from '@openclaw/feature';
import { followLines } from './follow-lines.js';
import type { ListLogsQuery } from './log-line.schema.js';
import { type LineFilter, LogsStore } from './logs.store.js';
import { logRoutes as routes } from './words.js';

/** What was logged, as a page or as it comes. */
export const logHandlers = ({ database, logger }: GatewayKernel): readonly RouteHandler[] => {
  const store = new LogsStore(database);
  return [
    handle(routes.listLogs, async ({ query }, _caller, request) => {
      const filter = toFilter(query);
      if (!request.wantsEvents) return toList(await store.page(filter, query.lines));
      const after = lastEventIdOf(request) ?? (await beforePage(store, filter, query.lines));
      logger.info({ after }, 'logs are followed');
      return new EventAnswer(({ signal }) => followLines(store, filter, after, signal));
    }),
  ];
};

function toFilter({
  level,
  since,
  until,
  component,
  q,
  request_id: requestId,
  conversation_id: conversationId,
  message_id: messageId,
}: ListLogsQuery): LineFilter {
  return { level, since, until, component, q, requestId, conversationId, messageId };
}

function toList({ lines, total, isExact }: Awaited<ReturnType<LogsStore['page']>>) {
  return { logs: [...lines], total, total_exact: isExact };
}

/** Where following begins so that the page comes first, by arrival; at the end where it would be empty. */
async function beforePage(store: LogsStore, filter: LineFilter, lines: number): Promise<number> {
  const page = await store.page(filter, lines);
  if (page.lines.length > 0) return Math.min(...page.lines.map(({ position }) => position)) - 1;
  return store.last();
}

/** @throws Fault `bad_request` where the header is no position */
function lastEventIdOf(request: HandlerRequest): number | null {
  const header = request.header('last-event-id') ?? '';
  if (header === '') return null;
  if (!/^\d{1,15}$/.test(header)) throw invalid([{ path: 'Last-Event-ID', message: 'must be a position in the log' }]);
  return Number(header);
}
