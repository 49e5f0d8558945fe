import { ActivityLog } from './activity-log.js';

/** For when nobody looks. */
export class SilentActivityLog extends ActivityLog {
  readonly enabled = false;
  connected(): void {}
  authenticated(): void {}
  refused(): void {}
  received(): void {}
  sent(): void {}
  disconnected(): void {}
  committed(): void {}
  conflicted(): void {}
}
