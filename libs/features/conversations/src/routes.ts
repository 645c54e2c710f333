import { actingFor, EventAnswer, type GatewayKernel, handle, type HandlerRequest, invalid, type RouteHandler } from '@openclaw/feature';
import { answerRun } from './answer-run.js';
import { type ConversationServices, composeConversations } from './compose-conversations.js';
import { conversationRoutes as routes } from './words.js';

/** Everything about messages and conversations that a program may ask for. */
export function conversationHandlers(kernel: GatewayKernel): readonly RouteHandler[] {
  const services = composeConversations(kernel);
  return [...messageHandlers(kernel, services), ...threadHandlers(services)];
}

function messageHandlers({ settings, follower }: GatewayKernel, { messages, canceller }: ConversationServices): readonly RouteHandler[] {
  const patience = (body: { wait_for_response: boolean; timeout_ms?: number | undefined }): { wait: boolean; timeoutMs: number } => ({
    wait: body.wait_for_response,
    timeoutMs: body.timeout_ms ?? settings.get().gateway.queue.timeout_ms,
  });
  return [
    handle(routes.sendMessage, async ({ body }, by, request) => {
      const caller = actingFor(by, body.person);
      const { channel, message: content, metadata, conversation_id: conversationId, parent_id: parentId, on_busy: onBusy, include } = body;
      const run = await messages.accept(
        caller,
        { channel, content, metadata, conversationId, parentId, onBusy, include },
        request.idempotencyKey,
      );
      return answerRun(follower, caller, run, { ...patience(body), ...request });
    }),
    handle(routes.regenerateMessage, async ({ params, body }, caller, request) => {
      const run = await messages.regenerate(caller, params.id, { onBusy: body.on_busy, include: body.include }, request.idempotencyKey);
      return answerRun(follower, caller, run, { ...patience(body), ...request });
    }),
    handle(routes.messageStatus, ({ params }, caller) => messages.status(caller, params.id)),
    handle(routes.messageEvents, async ({ params }, caller, request) => {
      const afterSeq = lastEventIdOf(request);
      await messages.get(caller, params.id);
      return new EventAnswer((reader) => follower.follow(caller, params.id, { afterSeq, ...reader }));
    }),
    handle(routes.cancelMessage, ({ params }, caller) => canceller.cancel(caller, params.id)),
  ];
}

function threadHandlers({ conversations }: ConversationServices): readonly RouteHandler[] {
  return [
    handle(routes.listConversations, ({ query }, caller) => conversations.list(actingFor(caller, query.person), query)),
    handle(routes.getConversation, ({ params, query }, caller) => conversations.get(caller, params.id, query)),
    handle(routes.patchConversation, ({ params, body }, caller) => conversations.patch(caller, params.id, body)),
    handle(routes.deleteConversation, ({ params }, caller) => conversations.delete(caller, params.id)),
  ];
}

/** @throws Fault `bad_request` where the header is no number */
function lastEventIdOf(request: HandlerRequest): number {
  const header = request.header('last-event-id') ?? '';
  if (header === '') return 0;
  if (!/^\d{1,9}$/.test(header)) throw invalid([{ path: 'Last-Event-ID', message: 'must be a number' }]);
  return Number(header);
}
