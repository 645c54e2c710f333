export { actingFor } from './acting-for.js';
export type { Admission, Feature, GatewayKernel, GatewayParts, Vitals } from './feature.js';
export { Answer, type CallerOf, EventAnswer, type EventReader, handle, type Handler, type HandlerRequest, type ReplyOf, type RouteHandler } from './handle.js';
export { checkHandlers, routesOf } from './route-table.js';
export { invalid } from './invalid.js';
export { parseInput, type RawInput } from './parse-input.js';
