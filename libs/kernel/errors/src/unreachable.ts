import { Fault } from './fault.js';

/**
 * Postgres or Redis cannot be reached, or stopped answering. Only their two rooms throw it: whoever catches it knows that trying again
 * may help, and that it is not known whether what was asked for was done.
 */
export class Unreachable extends Fault {
  readonly dependency: 'postgres' | 'redis';

  constructor(dependency: 'postgres' | 'redis', cause: unknown) {
    const name = dependency === 'postgres' ? 'The database' : 'Redis';
    super('service_unavailable', `${name} cannot be reached. Try again in a few seconds.`, { details: { dependency }, cause });
    this.dependency = dependency;
  }
}
