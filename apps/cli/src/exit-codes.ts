/** What `openclaw` ends with. Programs rely on them: docs/cli.md lists them. */
export const EXIT = {
  ok: 0,
  /** Whatever has no number of its own. */
  failed: 1,
  /** Called in a way that it does not know, or with a value that the gateway refuses. */
  misused: 2,
  /** The token is missing, wrong, or may not do this. */
  refused: 3,
  /** There is no such thing. */
  notFound: 4,
  /** It is otherwise by now: the name is taken, the message over. */
  conflict: 5,
  /** The gateway cannot be reached or cannot serve (EX_UNAVAILABLE). */
  unavailable: 69,
  /** Not within the time, or too often: the same may work later (EX_TEMPFAIL). */
  later: 75,
  interrupted: 130,
  terminated: 143,
} as const;

const BY_STATUS: Readonly<Record<number, number>> = {
  400: EXIT.misused,
  401: EXIT.refused,
  403: EXIT.refused,
  404: EXIT.notFound,
  408: EXIT.later,
  409: EXIT.conflict,
  413: EXIT.misused,
  415: EXIT.misused,
  429: EXIT.later,
  503: EXIT.unavailable,
};

/** Told by the status of the gateway's error, and by the name of the SDK's for no connection; the SDK need not be loaded for it. */
export function exitCodeOf(thrown: unknown): number {
  if (!Error.isError(thrown)) return EXIT.failed;
  if (thrown.name === 'ConnectionError') return EXIT.unavailable;
  return 'status' in thrown && typeof thrown.status === 'number' ? (BY_STATUS[thrown.status] ?? EXIT.failed) : EXIT.failed;
}
