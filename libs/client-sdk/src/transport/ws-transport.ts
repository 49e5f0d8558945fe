/** The transport over a WebSocket (the `ws` package). */
import { LIMITS } from '@json-database-sync/domain';
import WebSocket from 'ws';
import type { Connection, Transport, TransportHandlers } from './transport.js';

const HANDSHAKE_TIMEOUT_MS = 10_000;
const CLOSE_GRACE_MS = 500;
/** A server's frame may carry a page of documents and what JSON adds to them. */
const MAX_FRAME_BYTES = 16 * LIMITS.frameBytes;

export const wsTransport: Transport = {
  connect(url: string, handlers: TransportHandlers): Connection {
    const socket = new WebSocket(url, {
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: MAX_FRAME_BYTES,
      // Frames are small and many; compressing them one by one costs more than it saves.
      perMessageDeflate: false,
    });
    let ended = false;
    const end = (reason: string): void => {
      if (ended) return;
      ended = true;
      handlers.closed(reason);
    };
    socket.on('open', () => {
      if (!ended) handlers.opened();
    });
    socket.on('message', (data, isBinary) => {
      if (ended) return;
      if (isBinary) {
        end('the server sent a binary frame');
        socket.terminate();
        return;
      }
      handlers.received(textOf(data));
    });
    socket.on('error', (error: Error) => {
      // Told at once, not when the server has answered the close: one that breaks the protocol may never do so.
      end(describe(error));
      terminateSoon(socket);
    });
    socket.on('close', (code, reason) => {
      const said = reason.toString('utf8');
      end(`the server closed the connection (${code}${said === '' ? '' : `: ${said}`})`);
    });
    return {
      send: (text) => {
        if (!ended && socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => {
        if (ended) return;
        ended = true;
        // A polite close first; terminate as well where the handshake or the peer hangs, so that nothing stays alive.
        if (socket.readyState === WebSocket.OPEN) socket.close(1000);
        if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
        else terminateSoon(socket);
      },
    };
  },
};

/** Leaves the close frame time to go out. */
function terminateSoon(socket: WebSocket): void {
  setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
}

function textOf(data: WebSocket.RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}

/** Node names the cause in `code`; an aggregate (both of IPv4 and IPv6 failed) has no message of its own. */
function describe(error: Error & { code?: unknown }): string {
  if (error.message !== '') return error.message;
  return typeof error.code === 'string' ? error.code : 'the connection failed';
}
