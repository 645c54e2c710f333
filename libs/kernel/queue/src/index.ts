export { Bell, type BellSettings } from './bell.js';
export { type AnsweredLane, BellListener, type BellListenerOptions } from './bell-listener.js';
export { type Lane, LANES } from './lanes.js';
