import { Controller, Inject, Req, Res } from '@nestjs/common';
import { type Config, idempotencyKeySchema, type MessageStatus, type RouteInput, routes } from '@openclaw/words';
import { MessagesService } from '@openclaw/conversations';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../http/caller.js';
import { actingFor } from '../http/guard.js';
import { wantsEvents } from '../http/event-stream.js';
import { invalid } from '../http/invalid.js';
import { Input, Route } from '../http/route.decorator.js';
import { GATEWAY_CONFIG } from '../tokens.js';
import { Canceller } from './canceller.js';
import { type Manner, Responder } from './responder.js';

@Controller()
export class MessagesController {
  constructor(
    @Inject(MessagesService) private readonly messages: MessagesService,
    @Inject(Responder) private readonly responder: Responder,
    @Inject(Canceller) private readonly canceller: Canceller,
    @Inject(GATEWAY_CONFIG) private readonly gateway: Config['gateway'],
  ) {}

  @Route(routes.sendMessage)
  async send(@Input(routes.sendMessage) { body }: RouteInput<typeof routes.sendMessage>, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const caller = actingFor(callerOf(request), body.person);
    const run = await this.messages.accept(
      caller,
      { channel: body.channel, content: body.message, metadata: body.metadata, conversationId: body.conversation_id, parentId: body.parent_id, onBusy: body.on_busy },
      idempotencyKeyOf(request),
    );
    await this.responder.respond(caller, run, this.mannerOf(request, body), reply);
  }

  @Route(routes.regenerateMessage)
  async regenerate(
    @Input(routes.regenerateMessage) { params, body }: RouteInput<typeof routes.regenerateMessage>,
    @Req() request: FastifyRequest, @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerOf(request);
    const run = await this.messages.regenerate(caller, params.id, body.on_busy, idempotencyKeyOf(request));
    await this.responder.respond(caller, run, this.mannerOf(request, body), reply);
  }

  @Route(routes.messageStatus)
  status(@Input(routes.messageStatus) { params }: RouteInput<typeof routes.messageStatus>, @Req() request: FastifyRequest): Promise<MessageStatus> {
    return this.messages.status(callerOf(request), params.id);
  }

  @Route(routes.messageEvents)
  async events(@Input(routes.messageEvents) { params }: RouteInput<typeof routes.messageEvents>, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const afterSeq = lastEventIdOf(request);
    const caller = callerOf(request);
    await this.messages.get(caller, params.id);
    await this.responder.stream(caller, params.id, { afterSeq, fresh: false }, reply);
  }

  @Route(routes.cancelMessage)
  cancel(@Input(routes.cancelMessage) { params }: RouteInput<typeof routes.cancelMessage>, @Req() request: FastifyRequest): Promise<MessageStatus> {
    return this.canceller.cancel(callerOf(request), params.id);
  }

  private mannerOf(request: FastifyRequest, body: { wait_for_response: boolean; timeout_ms?: number | undefined }): Manner {
    return { stream: wantsEvents(request.headers.accept), wait: body.wait_for_response, timeoutMs: body.timeout_ms ?? this.gateway.queue.timeout_ms };
  }
}

/** @throws Fault `bad_request` */
function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = idempotencyKeySchema.safeParse(header);
  if (!key.success) throw invalid([{ path: 'Idempotency-Key', message: 'must be 1–255 visible ASCII characters' }]);
  return key.data;
}

/** @throws Fault `bad_request` where the header is no number */
function lastEventIdOf(request: FastifyRequest): number {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return 0;
  if (typeof header !== 'string' || !/^\d{1,9}$/.test(header)) throw invalid([{ path: 'Last-Event-ID', message: 'must be a number' }]);
  return Number(header);
}
