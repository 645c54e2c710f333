import { Inject, UseFilters } from '@nestjs/common';
import { MessageBody, type OnGatewayDisconnect, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { FrameOf } from '@openclaw/words';
import { Canceller, MessagesService } from '@openclaw/conversations';
import { actingFor } from '@openclaw/feature';
import type { Connection } from './connection.js';
import { FrameErrorFilter } from './frame-error.filter.js';
import type { FrameRequest } from './frame-request.js';
import { RunStreams } from './run-streams.js';
import { Subscriptions } from './subscriptions.js';

/** One handler for each frame of the contract; by then it is authenticated, counted and parsed. */
@WebSocketGateway({ path: '/ws' })
@UseFilters(FrameErrorFilter)
export class FramesGateway implements OnGatewayDisconnect<Connection> {
  constructor(
    @Inject(MessagesService) private readonly messages: MessagesService,
    @Inject(Canceller) private readonly canceller: Canceller,
    @Inject(RunStreams) private readonly streams: RunStreams,
    @Inject(Subscriptions) private readonly subscriptions: Subscriptions,
  ) {}

  handleDisconnect(connection: Connection): void {
    this.subscriptions.drop(connection);
  }

  @SubscribeMessage('message')
  async message(@MessageBody('frame') frame: FrameOf<'message'>, @MessageBody('request') request: FrameRequest): Promise<void> {
    this.streams.checkRoom(request.connection);
    const caller = actingFor(request.caller, frame.person);
    const { runId, conversationId, replayed } = await this.messages.accept(
      caller,
      {
        channel: frame.channel,
        content: frame.content,
        metadata: frame.metadata,
        conversationId: frame.conversation_id,
        onBusy: frame.on_busy,
        include: frame.include,
      },
      frame.idempotency_key,
    );
    request.reply({ type: 'accepted', id: runId, conversation_id: conversationId, ...(replayed ? { idempotency_replayed: true } : {}) });
    this.streams.start(request, { runId, conversationId, afterSeq: 0, fresh: !replayed, events: frame.stream });
  }

  /** Answered with the status: over, or after a moment as it is then. */
  @SubscribeMessage('cancel')
  async cancel(@MessageBody('frame') { id }: FrameOf<'cancel'>, @MessageBody('request') request: FrameRequest): Promise<void> {
    request.reply({ type: 'status', ...(await this.canceller.cancel(request.caller, id)) });
  }

  @SubscribeMessage('resume')
  async resume(
    @MessageBody('frame') { id, after_seq: afterSeq }: FrameOf<'resume'>,
    @MessageBody('request') request: FrameRequest,
  ): Promise<void> {
    this.streams.checkRoom(request.connection);
    const { conversationId } = await this.messages.get(request.caller, id);
    this.streams.start(request, { runId: id, conversationId, afterSeq, fresh: false, events: true });
  }

  @SubscribeMessage('subscribe')
  async subscribe(
    @MessageBody('frame') { conversation_id: target }: FrameOf<'subscribe'>,
    @MessageBody('request') request: FrameRequest,
  ): Promise<void> {
    await this.subscriptions.add(request, target);
    request.reply({ type: 'subscribed', conversation_id: target });
  }

  @SubscribeMessage('unsubscribe')
  unsubscribe(
    @MessageBody('frame') { conversation_id: target }: FrameOf<'unsubscribe'>,
    @MessageBody('request') request: FrameRequest,
  ): void {
    this.subscriptions.remove(request.connection, target);
    request.reply({ type: 'unsubscribed', conversation_id: target });
  }

  @SubscribeMessage('ping')
  ping(@MessageBody('request') request: FrameRequest): void {
    request.reply({ type: 'pong' });
  }
}
