/** The one place where errors of the catalogue become HTTP statuses. */
import type { ErrorCode } from '@json-database-sync/domain';

export const HTTP_STATUS: Record<ErrorCode, number> = {
  invalid_auth: 401,
  unauthorized: 401,
  forbidden: 403,
  document_not_found: 404,
  document_exists: 409,
  document_deleted: 410,
  invalid_document: 422,
  invalid_patch: 422,
  unsafe_number: 422,
  version_mismatch: 409,
  cursor_too_old: 410,
  invalid_message: 400,
  message_too_large: 413,
  unsupported_protocol: 400,
  rate_limit_exceeded: 429,
  too_many_requests: 429,
  overloaded: 503,
  server_error: 500,
  connection_lost: 503,
  timed_out: 504,
  storage_failed: 500,
  storage_incompatible: 500,
  client_closed: 500,
  invalid_argument: 400,
};
