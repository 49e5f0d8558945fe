/** What both gates for JSON say when they let something not pass. */
export type JsonRefusal = {
  readonly ok: false;
  readonly code: 'invalid_message' | 'unsafe_number' | 'invalid_document';
  /** A sentence's predicate, without a full stop and without any of the text. */
  readonly reason: string;
};

export function refuse(code: JsonRefusal['code'], reason: string): JsonRefusal {
  return { ok: false, code, reason };
}
