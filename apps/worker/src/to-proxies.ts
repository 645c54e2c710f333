import type { OutgoingProxies } from '@openclaw/net';
import type { Config } from '@openclaw/words';

/** The configured ways out. */
export function toProxies({ http, https, except }: Config['proxy']): OutgoingProxies {
  return { http: http === '' ? null : http, https: https === '' ? null : https, except };
}
