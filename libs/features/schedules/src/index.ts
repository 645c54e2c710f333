export { schedules } from './feature.js';
