import type { CreateSchedule, PatchSchedule, Schedule, ScheduleList } from '../contract.gen.js';
import type { CallOptions } from '../options.js';
import { type Page, pageFrom } from '../page.js';
import { newKey, pathOf, type Transport } from '../transport.js';

/** A message and when it is due: `cron`, or `at` for once. */
export type ScheduleInput = Pick<CreateSchedule, 'message'> & Partial<CreateSchedule>;

/** Messages that are sent to the agent at set times. Wants the scope `admin`. */
export class Schedules {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. */
  async list(
    query: { readonly limit?: number; readonly offset?: number; readonly person?: string } = {},
    options?: CallOptions,
  ): Promise<Page<Schedule>> {
    return pageFrom(query.offset ?? 0, async (offset) => {
      const request = { method: 'GET', path: pathOf('schedules'), query: { ...query, offset }, repeatable: true } as const;
      const { schedules, total } = await this.#transport.json<ScheduleList>(request, options);
      return { items: schedules, total };
    });
  }

  async get(id: string, options?: CallOptions): Promise<Schedule> {
    return this.#transport.json({ method: 'GET', path: pathOf('schedules', id), repeatable: true }, options);
  }

  /** Look at `next_runs`: it says when you will hear of it. */
  async create(input: ScheduleInput, options?: CallOptions): Promise<Schedule> {
    const headers = { 'idempotency-key': newKey() };
    return this.#transport.json({ method: 'POST', path: pathOf('schedules'), json: input, headers, repeatable: true }, options);
  }

  /** Other times, and switching it on, count from now. */
  async update(id: string, patch: PatchSchedule, options?: CallOptions): Promise<Schedule> {
    return this.#transport.json({ method: 'PATCH', path: pathOf('schedules', id), json: patch, repeatable: true }, options);
  }

  async remove(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: pathOf('schedules', id), repeatable: true }, options);
  }
}
