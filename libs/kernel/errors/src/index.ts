export { Fault, type FaultOptions } from './fault.js';
export { Unreachable } from './unreachable.js';
