export { CircuitBreaker } from './circuit-breaker.js';
export { NO_PROXIES, type OutgoingProxies, proxyFor, toProxies } from './outgoing-proxies.js';
export { OutgoingAgents, type OutgoingAgentsOptions } from './outgoing-agents.js';
export { isPublicAddress } from './public-address.js';
