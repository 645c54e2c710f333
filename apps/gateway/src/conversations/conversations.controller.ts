import { Controller, Inject } from '@nestjs/common';
import { type Conversation, type ConversationList, type ConversationWithMessages, type RouteInput, routes } from '@openclaw/words';
import { ConversationsService } from '@openclaw/conversations';
import { Input, Route } from '../http/route.decorator.js';

@Controller()
export class ConversationsController {
  constructor(@Inject(ConversationsService) private readonly conversations: ConversationsService) {}

  @Route(routes.listConversations)
  list(@Input(routes.listConversations) { query }: RouteInput<typeof routes.listConversations>): Promise<ConversationList> {
    return this.conversations.list(query);
  }

  @Route(routes.getConversation)
  get(@Input(routes.getConversation) { params, query }: RouteInput<typeof routes.getConversation>): Promise<ConversationWithMessages> {
    return this.conversations.get(params.id, query);
  }

  @Route(routes.patchConversation)
  patch(@Input(routes.patchConversation) { params, body }: RouteInput<typeof routes.patchConversation>): Promise<Conversation> {
    return this.conversations.patch(params.id, body);
  }

  @Route(routes.deleteConversation)
  delete(@Input(routes.deleteConversation) { params }: RouteInput<typeof routes.deleteConversation>): Promise<void> {
    return this.conversations.delete(params.id);
  }
}
