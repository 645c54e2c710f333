export { skills } from './feature.js';
export { RESERVED_NAMES } from './skill.schema.js';
export { SkillsStore } from './skills.store.js';
