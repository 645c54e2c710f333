import { Controller, Inject, Req } from '@nestjs/common';
import { type Conversation, type ConversationList, type ConversationWithMessages, type RouteInput, routes } from '@openclaw/words';
import { ConversationsService } from '@openclaw/conversations';
import type { FastifyRequest } from 'fastify';
import { callerOf } from '../http/caller.js';
import { actingFor } from '../http/guard.js';
import { Input, Route } from '../http/route.decorator.js';

@Controller()
export class ConversationsController {
  constructor(@Inject(ConversationsService) private readonly conversations: ConversationsService) {}

  @Route(routes.listConversations)
  list(@Input(routes.listConversations) { query }: RouteInput<typeof routes.listConversations>, @Req() request: FastifyRequest): Promise<ConversationList> {
    return this.conversations.list(actingFor(callerOf(request), query.person), query);
  }

  @Route(routes.getConversation)
  get(@Input(routes.getConversation) { params, query }: RouteInput<typeof routes.getConversation>, @Req() request: FastifyRequest): Promise<ConversationWithMessages> {
    return this.conversations.get(callerOf(request), params.id, query);
  }

  @Route(routes.patchConversation)
  patch(@Input(routes.patchConversation) { params, body }: RouteInput<typeof routes.patchConversation>, @Req() request: FastifyRequest): Promise<Conversation> {
    return this.conversations.patch(callerOf(request), params.id, body);
  }

  @Route(routes.deleteConversation)
  delete(@Input(routes.deleteConversation) { params }: RouteInput<typeof routes.deleteConversation>, @Req() request: FastifyRequest): Promise<void> {
    return this.conversations.delete(callerOf(request), params.id);
  }
}
