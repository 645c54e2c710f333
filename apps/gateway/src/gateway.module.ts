import { type DynamicModule, Module } from '@nestjs/common';
import { ConversationsService, MessagesService } from '@openclaw/conversations';
import type { Gateway } from './compose-gateway.js';
import { ConversationsController } from './conversations/conversations.controller.js';
import { Canceller } from './messages/canceller.js';
import { MessagesController } from './messages/messages.controller.js';
import { Responder } from './messages/responder.js';
import { SystemController } from './system/system.controller.js';
import { SystemReport } from './system/system-report.js';
import { GATEWAY_CONFIG } from './tokens.js';
import { FramesGateway } from './ws/frames.gateway.js';
import { RunStreams } from './ws/run-streams.js';
import { Subscriptions } from './ws/subscriptions.js';

/** Hands the composed gateway to Nest's controllers. */
@Module({})
export class GatewayModule {
  static of(gateway: Gateway): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [SystemController, MessagesController, ConversationsController],
      providers: [
        { provide: MessagesService, useValue: gateway.messages },
        { provide: ConversationsService, useValue: gateway.conversations },
        { provide: Responder, useValue: gateway.responder },
        { provide: Canceller, useValue: gateway.canceller },
        { provide: SystemReport, useValue: gateway.report },
        { provide: RunStreams, useValue: gateway.runStreams },
        { provide: Subscriptions, useValue: gateway.subscriptions },
        FramesGateway,
        { provide: GATEWAY_CONFIG, useValue: gateway.config.gateway },
      ],
    };
  }
}
