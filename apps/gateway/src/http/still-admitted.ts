import { timingSafeEqual, hash } from 'node:crypto';
import { isIP } from 'node:net';
import { Fault } from '@openclaw/errors';
import { invalid } from '@openclaw/feature';
import type { Config } from '@openclaw/words';
import type { FastifyRequest } from 'fastify';
import { callerOf } from './caller.js';
import { checkHostAndOrigin } from './host-and-origin.js';

/**
 * Whether this very request could come again under another configuration: by its Host and Origin, to the address that it came to, and
 * with its token. Loopback always can. A new gateway token is known to who sets it, and shuts nobody out.
 * @throws Fault `bad_request` that names what would shut it out
 */
export function checkStillAdmitted(request: FastifyRequest, { gateway }: Config): void {
  try {
    checkHostAndOrigin(request.raw, gateway);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const key = 'origin' in thrown.details ? 'allowed_origins' : 'allowed_hosts';
    throw invalid([
      {
        path: `gateway.${key}`,
        message: `would shut out the request that changes it, which came as ${key === 'allowed_hosts' ? `Host ${String(thrown.details['host'])}` : `Origin ${String(thrown.details['origin'])}`}`,
      },
    ]);
  }
  const { localAddress } = request.raw.socket;
  if (!reaches(gateway.bind, localAddress)) {
    throw invalid([{ path: 'gateway.bind', message: `would shut out the request that changes it, which came to ${String(localAddress)}` }]);
  }
  if (gateway.auth.enabled && callerOf(request).tokenId === 'anonymous' && !carries(request, gateway.auth.token)) {
    throw invalid([
      {
        path: 'gateway.auth.enabled',
        message: 'would shut out the request that changes it: set gateway.auth.token with it, and send that token as Authorization: Bearer',
      },
    ]);
  }
}

/** Whether who listens there is reached at that address of this machine. */
function reaches(bind: string, address: string | undefined): boolean {
  const plain = (address ?? '').replace(/^::ffff:/, '');
  if (address === undefined || bind === '0.0.0.0' || bind === '::') return true;
  if (bind === 'localhost') return plain === '::1' || plain.startsWith('127.');
  return isIP(bind) !== 0 && bind === plain;
}

function carries({ headers }: FastifyRequest, token: string): boolean {
  const sent = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return token !== '' && sent !== undefined && timingSafeEqual(hash('sha256', sent, 'buffer'), hash('sha256', token, 'buffer'));
}
