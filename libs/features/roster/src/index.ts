import { conversations } from '@openclaw/conversations';
import { type Feature, routesOf } from '@openclaw/feature';
import { memory } from '@openclaw/memory';
import { openapi } from '@openclaw/openapi';
import { status } from '@openclaw/status';

/** Every feature of the house, once: gateways and workers mount this list. A new feature is a line here. */
export const FEATURES: readonly Feature[] = [conversations, memory, status, openapi];

/** Every route of every feature, by name. */
export const ROUTES = routesOf(FEATURES);
