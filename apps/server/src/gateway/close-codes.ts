/** WebSocket close codes (RFC 6455, section 7.4; 4000 and up are the application's own). */
export const CLOSE = {
  /** The server shuts down: connect again, later or elsewhere. */
  goingAway: 1001,
  unsupportedData: 1003,
  policyViolation: 1008,
  serverError: 1011,
  /** Not authenticated, or not in time. */
  unauthenticated: 4401,
  /** Asks for more than it takes. */
  tooSlow: 4408,
} as const;
