/** What stands where a secret stood: in logs, events and `GET /config`. Sent back in `PUT /config`, it keeps the secret. */
export const REDACTED = '***REDACTED***';
