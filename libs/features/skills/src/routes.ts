import { type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { PresenceStore } from '@openclaw/presence';
import { codeRefusal } from './code-refusal.js';
import { fetchThroughWorkers } from './fetch-through-worker.js';
import { FetchesStore } from './fetches.store.js';
import { packageOpener } from './open-package.js';
import { Registries } from './registries.js';
import { SkillsService } from './skills.service.js';
import { SkillsStore } from './skills.store.js';
import { skillRoutes as routes } from './words.js';

/** Everything about skills that a program may ask for. */
export function skillHandlers({ database, bell, settings }: GatewayKernel): readonly RouteHandler[] {
  const presence = new PresenceStore(database);
  const fetch = fetchThroughWorkers({
    fetches: new FetchesStore(database),
    ring: ({ lane, id }) => bell.ring(lane, id).catch(() => undefined), // the sweeper rings
    hasWorker: async () => (await presence.alive('worker')).length > 0,
  });
  const registries = new Registries(() => settings.get().skills.registries, fetch);
  const skills = new SkillsService(new SkillsStore(database), packageOpener(registries, fetch), codeRefusal(presence));
  return [
    handle(routes.listSkills, () => skills.list()),
    handle(routes.getSkill, ({ params }) => skills.get(params.name)),
    handle(routes.installSkill, ({ body }, caller) => skills.install(caller, body)),
    handle(routes.patchSkill, ({ params, body }, caller) => skills.setStatus(caller, params.name, body.status)),
    handle(routes.removeSkill, ({ params }, caller) => skills.remove(caller, params.name)),
  ];
}
