/** Digests as PostgreSQL holds them: the same 64 bits as a bigint, which `pg` takes and gives as text. */
import { stateDigestSchema, type StateDigest } from '@json-database-sync/domain';

export function toBigint(digest: StateDigest): string {
  return BigInt.asIntN(64, BigInt(`0x${digest}`)).toString();
}

export function fromBigint(text: string): StateDigest {
  return stateDigestSchema.parse(BigInt.asUintN(64, BigInt(text)).toString(16).padStart(16, '0'));
}
