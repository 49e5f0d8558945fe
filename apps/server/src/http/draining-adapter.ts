/**
 * An HTTP server that can stop accepting connections before the application closes, and waits for those that it has.
 *
 * Nest's own adapter starts to close only after every module has said goodbye; until then new requests and sockets
 * would still come in.
 */
import type { Server } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';

/** How often connections that have become idle are looked for: keep-alive would hold them open. */
const IDLE_CHECK_MS = 50;

export class DrainingAdapter extends ExpressAdapter {
  private drained: Promise<void> | undefined;

  /** Refuses connections from now on. The promise settles when the last one has ended. */
  stopAccepting(): Promise<void> {
    this.drained ??= new Promise((resolve) => {
      const server = this.getHttpServer() as Server;
      const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
      // An error here says that it never listened, which is as good as having ended.
      server.close(() => {
        clearInterval(idle);
        resolve();
      });
    });
    return this.drained;
  }

  /** Ends what has not ended by itself. */
  cutConnections(): void {
    (this.getHttpServer() as Server).closeAllConnections();
  }

  override close(): Promise<void> {
    return this.stopAccepting();
  }
}
