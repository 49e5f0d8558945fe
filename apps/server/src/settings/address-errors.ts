/** What can be wrong with the address to listen on. */
import { describeCause, StartupError } from '../startup-error.js';
import type { Address } from './setting-parsers.js';

/** @returns `cause` itself where it has nothing to do with the address */
export function addressUnavailable(bind: Address, cause: unknown): unknown {
  const reason = reasonOf(cause);
  if (reason === undefined) return cause;
  const shown = bind.host.includes(':') ? `[${bind.host}]:${bind.port}` : `${bind.host}:${bind.port}`;
  return new StartupError(
    {
      code: 'address_unavailable',
      problem: `the server cannot listen on ${shown}`,
      reason,
      remedy: 'Stop what is using it, or set BIND_ADDRESS to another host:port.',
    },
    { cause },
  );
}

function reasonOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  switch (cause.code) {
    case 'EADDRINUSE':
      return 'the port is taken by another process';
    case 'EACCES':
      return 'this user may not use that port';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
    case 'EAFNOSUPPORT':
      return describeCause(cause);
    default:
      return undefined;
  }
}
