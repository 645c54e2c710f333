import { type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { PresenceStore } from '@openclaw/presence';
import { codeRefusal } from './code-refusal.js';
import { SkillsService } from './skills.service.js';
import { SkillsStore } from './skills.store.js';
import { skillRoutes as routes } from './words.js';

/** Everything about skills that a program may ask for. */
export function skillHandlers({ database }: GatewayKernel): readonly RouteHandler[] {
  const skills = new SkillsService(new SkillsStore(database), codeRefusal(new PresenceStore(database)));
  return [
    handle(routes.listSkills, () => skills.list()),
    handle(routes.getSkill, ({ params }) => skills.get(params.name)),
    handle(routes.installSkill, ({ body }, caller) => skills.install(caller, body)),
    handle(routes.patchSkill, ({ params, body }, caller) => skills.setStatus(caller, params.name, body.status)),
    handle(routes.removeSkill, ({ params }, caller) => skills.remove(caller, params.name)),
  ];
}
