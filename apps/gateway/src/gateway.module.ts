import { type DynamicModule, Module } from '@nestjs/common';
import { Canceller, MessagesService } from '@openclaw/conversations';
import type { Gateway } from './compose-gateway.js';
import { FramesGateway } from './ws/frames.gateway.js';
import { RunStreams } from './ws/run-streams.js';
import { Subscriptions } from './ws/subscriptions.js';

/** Hands the composed gateway to Nest: the frames of the socket. Routes are mounted from the features' own list. */
@Module({})
export class GatewayModule {
  static of({ services, runStreams, subscriptions }: Gateway): DynamicModule {
    return {
      module: GatewayModule,
      providers: [
        { provide: MessagesService, useValue: services.messages },
        { provide: Canceller, useValue: services.canceller },
        { provide: RunStreams, useValue: runStreams },
        { provide: Subscriptions, useValue: subscriptions },
        FramesGateway,
      ],
    };
  }
}
