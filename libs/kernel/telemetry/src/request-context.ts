import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of one piece of work carries, in whichever service the work goes on. */
export interface RequestContext {
  readonly request_id: string;
  readonly conversation_id?: string;
  readonly message_id?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` with these fields on each of its log lines, across every await. */
export function withRequestContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The fields of the work that is going on; undefined outside of any. */
export function currentRequestContext(): RequestContext | undefined {
  return storage.getStore();
}
