/**
 * Nest's WebSocket adapter for `ws`, with two differences: frames go to the gateway as they come (its dialects decode
 * them; an undecodable one gets an answer instead of silence), and closing leaves the sockets to the gateway, which
 * has said good-bye to them by then.
 */
import { WsAdapter } from '@nestjs/platform-ws';
import type { RawData, WebSocket } from 'ws';

export interface InboundFrame {
  readonly data: RawData;
  readonly binary: boolean;
}

export const FRAME = 'frame';

interface Handler {
  readonly message: unknown;
  readonly callback: (frame: InboundFrame) => unknown;
}

export class SyncWsAdapter extends WsAdapter {
  override bindMessageHandlers(client: WebSocket, handlers: Handler[]): void {
    const handler = handlers.find(({ message }) => message === FRAME);
    if (!handler) return;
    client.on('message', (data, binary) => void handler.callback({ data, binary }));
  }
}
