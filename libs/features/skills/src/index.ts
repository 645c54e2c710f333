export { skills } from './feature.js';
export { RESERVED_NAMES } from './front-matter.schema.js';
export { SkillsStore } from './skills.store.js';
