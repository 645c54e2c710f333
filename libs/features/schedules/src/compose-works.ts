import { composeMessages } from '@openclaw/conversations';
import type { WorkerKernel } from '@openclaw/feature';
import type { HandledWork } from '@openclaw/work';
import { scheduleWorks } from './fire.job.js';
import { SlotRunner } from './slot-runner.js';
import { SlotsStore } from './slots.store.js';

/** The work of schedules in a worker, which sends by the accept of the API. */
export function composeWorks(kernel: WorkerKernel): readonly HandledWork[] {
  return scheduleWorks(new SlotRunner(new SlotsStore(kernel.database), composeMessages(kernel)));
}
