/**
 * What a program of this server writes to stderr when it ends by an error: one line for each reason, and no stack trace
 * for what can be expected.
 */
import { SettingsError } from './settings/settings.js';
import { StartupError } from './startup-error.js';

export function describeFailure(error: unknown): string {
  const reasons = error instanceof SettingsError ? error.problems : [error];
  return reasons.map((reason) => `json-database-sync: ${describe(reason)}\n`).join('');
}

function describe(reason: unknown): string {
  if (reason instanceof StartupError) return reason.message;
  // Its stack and nothing else of it: errors of the database driver carry rows of the database as fields.
  return `a bug: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`;
}
