/** Digests as PostgreSQL holds them: the same 64 bits as a bigint, which `pg` gives as text. */
import { stateDigestSchema, type StateDigest } from '@json-database-sync/domain';

export function toBigint(digest: StateDigest): bigint {
  return BigInt.asIntN(64, BigInt(`0x${digest}`));
}

export function fromBigint(value: string | bigint): StateDigest {
  return stateDigestSchema.parse(BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0'));
}
