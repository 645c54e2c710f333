export {
  cancelWork,
  defineWork,
  DONE,
  every,
  type HandledWork,
  handleWork,
  type NewWork,
  newWork,
  snooze,
  type WorkAttempt,
  type WorkKind,
  type WorkOutcome,
} from './define-work.js';
export { forgetWork, housekeeping } from './housekeeping.js';
export { type Lease, leaveAfter, type StopReason } from './lease.js';
export { type Held, LeaseKeeper, type Renewal } from './lease-keeper.js';
export { Sweeper, type SweeperOptions } from './sweeper.js';
export { untilWritten } from './until-written.js';
export { enqueuing, toWorkParameter, type WorkRecord, type WorkStatus, WorkStore } from './work.store.js';
export { backgroundLane, type WorkLane } from './work-lane.js';
export { WorkRunner } from './work-runner.js';
