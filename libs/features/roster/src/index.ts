import { auditing } from '@openclaw/auditing';
import { channels } from '@openclaw/chats';
import { conversations } from '@openclaw/conversations';
import { clock } from '@openclaw/clock';
import { configuration } from '@openclaw/configuration';
import { type Feature, routesOf } from '@openclaw/feature';
import { files } from '@openclaw/files';
import { logs } from '@openclaw/logs';
import { memory } from '@openclaw/memory';
import { openapi } from '@openclaw/openapi';
import { presence } from '@openclaw/presence';
import { schedules } from '@openclaw/schedules';
import { skills } from '@openclaw/skills';
import { status } from '@openclaw/status';
import { summaries } from '@openclaw/summaries';
import { tokens } from '@openclaw/tokens';
import { usage } from '@openclaw/usage';

/** Every feature of the house, once: gateways and workers mount this list. A new feature is a line here. */
export const FEATURES: readonly Feature[] = [
  conversations,
  summaries,
  memory,
  files,
  clock,
  skills,
  schedules,
  usage,
  channels,
  presence,
  tokens,
  configuration,
  auditing,
  logs,
  status,
  openapi,
];

/** Every route of every feature, by name. */
export const ROUTES = routesOf(FEATURES);
