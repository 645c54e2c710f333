export { Bell } from './bell.js';
export { BellListener } from './bell-listener.js';
export type { Lane } from './lanes.js';
