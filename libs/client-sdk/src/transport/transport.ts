/**
 * A way to the server: text frames in order, both ways, until it closes. The engine knows no more of the network
 * than this. Frames may be lost only together with everything after them. What is no text frame, or larger than the
 * transport carries, ends the connection. A port; `transport.suite.ts` says what every implementation must do.
 */
export interface TransportHandlers {
  opened(): void;
  received(text: string): void;
  /** Exactly once, also where it never opened; nothing is received after it. */
  closed(reason: string): void;
}

export interface Connection {
  /** Hands a frame over; whether it arrives shows in the answer only. Does nothing before it is open and once closed. */
  send(text: string): void;
  /** Ends it at once. `closed` is not called any more. */
  close(): void;
}

export interface Transport {
  /** Must not call a handler before it has returned. */
  connect(url: string, handlers: TransportHandlers): Connection;
}
