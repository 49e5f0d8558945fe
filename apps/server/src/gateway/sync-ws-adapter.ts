/**
 * Nest's WebSocket adapter for `ws`, with two differences: frames are the gateway's from the first on (its dialects decode
 * them; an undecodable one gets an answer instead of silence), and closing leaves the sockets to the gateway, which
 * has said good-bye to them by then.
 */
import { WsAdapter } from '@nestjs/platform-ws';

export class SyncWsAdapter extends WsAdapter {
  override bindMessageHandlers(): void {
    // The gateway listens by itself.
  }
}
