import { defineRoute } from '@openclaw/words';
import { z } from 'zod';
import { skillNameSchema } from './front-matter.schema.js';
import { installedSkillSchema, installSkillSchema, skillDetailsSchema, skillListSchema, skillSchema } from './skill.schema.js';

const params = z.strictObject({ name: skillNameSchema });

export const skillRoutes = {
  listSkills: defineRoute({
    method: 'GET',
    path: '/api/v1/skills',
    summary: 'Installed skills, by name',
    scope: 'admin',
    replies: { 200: skillListSchema },
    errors: ['service_unavailable'],
  }),
  getSkill: defineRoute({
    method: 'GET',
    path: '/api/v1/skills/:name',
    summary: 'A skill, with its instructions',
    scope: 'admin',
    params,
    replies: { 200: skillDetailsSchema },
    errors: ['not_found', 'service_unavailable'],
  }),
  installSkill: defineRoute({
    method: 'POST',
    path: '/api/v1/skills/install',
    summary: 'Install a skill; 200 where that very one is installed',
    scope: 'admin',
    body: installSkillSchema,
    replies: { 201: installedSkillSchema, 200: installedSkillSchema },
    errors: ['not_found', 'conflict', 'upstream_error', 'service_unavailable'],
  }),
  patchSkill: defineRoute({
    method: 'PATCH',
    path: '/api/v1/skills/:name',
    summary: 'Offer a skill to the agent, or no longer',
    scope: 'admin',
    params,
    body: z.strictObject({ status: z.enum(['active', 'disabled']) }).meta({ id: 'PatchSkill', examples: [{ status: 'disabled' }] }),
    replies: { 200: skillSchema },
    errors: ['not_found', 'service_unavailable'],
  }),
  removeSkill: defineRoute({
    method: 'DELETE',
    path: '/api/v1/skills/:name',
    summary: 'Remove a skill, on every worker at once',
    scope: 'admin',
    params,
    replies: { 204: null },
    errors: ['not_found', 'service_unavailable'],
  }),
};
