export { Fault } from './fault.js';
export { Unreachable } from './unreachable.js';
