/**
 * One connection between a client and a node: two pipes of frames in order, until it is cut, goes deaf or one side dies.
 * A frame is lost only together with everything after it; it may come twice, and late: also after its sender has long
 * been connected anew elsewhere.
 */
import { EventEmitter } from 'node:events';
import type { Connection, TransportHandlers } from '../../libs/client-sdk/src/transport/transport.js';
import type { Random } from './random.js';
import type { Life, VirtualTime } from './virtual-time.js';

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
/** More than a connection may have unsent before it gets no more news. */
const FULL_BUFFER_BYTES = 2 * 1024 * 1024;
/** After this a node gives a silent peer up. */
const SERVER_PATIENCE_MS = 60_000;

/** What the network is like just now for one client. */
export interface Weather {
  latencyMs(): number;
  /** Frames that come twice, from now on. */
  duplicates: number;
}

export interface Watcher {
  /** A frame that a node has sent, whether it arrives or not. */
  frameDown(text: string): void;
}

/** The node's end: what its code uses of a WebSocket. */
export class NodeSocket extends EventEmitter {
  readyState = OPEN;
  isPaused = false;
  bufferedAmount = 0;
  private held: string[] = [];
  private unsent: (() => void)[] = [];
  private lastSent: (() => void) | undefined;

  constructor(private readonly link: Link) {
    super();
  }

  send(data: Buffer, _options: unknown, sent: () => void): void {
    if (this.readyState !== OPEN) return;
    this.link.down(data.toString('utf8'));
    this.lastSent = sent;
    if (this.bufferedAmount > 0) this.unsent.push(sent);
    else this.link.soonAtNode(sent);
  }

  close(code: number, reason: string): void {
    if (this.readyState !== OPEN) return;
    this.readyState = CLOSING;
    this.link.closedByNode(code, reason);
  }

  terminate(): void {
    this.close(1006, 'terminated');
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const text of this.held.splice(0)) this.arrive(text);
  }

  arrive(text: string): void {
    if (this.readyState === CLOSED) return;
    if (this.isPaused) this.held.push(text);
    else this.emit('message', Buffer.from(text), false);
  }

  gone(code: number): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.emit('close', code);
  }

  setFull(full: boolean): void {
    this.bufferedAmount = full ? FULL_BUFFER_BYTES : 0;
    // What fills it is what was sent last, at the least.
    if (full && this.lastSent) this.unsent.push(this.lastSent);
    if (full) return;
    for (const sent of this.unsent.splice(0)) sent();
  }
}

export class Link implements Connection {
  readonly socket = new NodeSocket(this);
  private clientState = CONNECTING;
  private lastUp = 0;
  private lastDown = 0;
  private deafUp = false;
  private deafDown = false;

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
    private readonly weather: Weather,
    private readonly client: Life,
    private readonly node: Life,
    private readonly handlers: TransportHandlers,
    private readonly watcher: Watcher,
  ) {}

  get isOver(): boolean {
    return this.clientState === CLOSED && this.socket.readyState === CLOSED;
  }

  // ---- the client's end

  opened(): void {
    this.toClient(() => {
      if (this.clientState !== CONNECTING) return;
      this.clientState = OPEN;
      this.handlers.opened();
    });
  }

  refused(): void {
    this.toClient(() => this.endClient('refused'));
  }

  send(text: string): void {
    if (this.clientState !== OPEN) return;
    const copies = this.weather.duplicates > 0 ? 2 : 1;
    if (copies === 2) this.weather.duplicates--;
    for (let copy = 0; copy < copies; copy++) this.toNode(() => this.socket.arrive(text));
  }

  close(): void {
    if (this.clientState === CLOSED) return;
    this.clientState = CLOSED;
    this.tellNode();
  }

  /** The client's process is gone, and the sockets with it. */
  clientDied(): void {
    this.clientState = CLOSED;
    this.tellNode();
  }

  // ---- the node's end

  down(text: string): void {
    this.watcher.frameDown(text);
    this.toClient(() => {
      if (this.clientState === OPEN) this.handlers.received(text);
    });
  }

  soonAtNode(run: () => void): void {
    this.node.after(0, run);
  }

  closedByNode(code: number, reason: string): void {
    this.toClient(() => this.endClient(reason));
    this.node.after(this.weather.latencyMs(), () => this.socket.gone(code));
  }

  nodeDied(): void {
    this.socket.readyState = CLOSED;
    // A machine that loses power says nothing; a process that is killed has its sockets closed.
    if (this.random.chance(0.3)) this.deafDown = this.deafUp = true;
    else this.toClient(() => this.endClient('reset by peer'));
  }

  // ---- faults

  /** Both ends learn of it, each in its own time. What is under way to the node may still arrive. */
  cut(): void {
    this.deafDown = true;
    if (this.random.chance(0.5)) this.deafUp = true;
    const late = this.random.chance(0.3) ? this.random.between(1_000, 20_000) : this.weather.latencyMs();
    this.client.after(this.weather.latencyMs(), () => this.endClient('cut'));
    this.node.after(Math.max(late, this.lastUp - this.time.now), () => this.socket.gone(1006));
  }

  /** Frames vanish from now on, in one direction or both, and nobody is told. */
  goDeaf(direction: 'up' | 'down' | 'both'): void {
    if (direction !== 'down') this.deafUp = true;
    if (direction !== 'up') this.deafDown = true;
    this.node.after(SERVER_PATIENCE_MS, () => this.socket.gone(1006));
  }

  /** Nothing gets through for this long; then all of it does. */
  stall(ms: number): void {
    this.lastUp = Math.max(this.lastUp, this.time.now + ms);
    this.lastDown = Math.max(this.lastDown, this.time.now + ms);
  }

  /** The client takes nothing in for this long: the node's buffer is full. */
  clog(ms: number): void {
    this.socket.setFull(true);
    this.node.after(ms, () => this.socket.setFull(false));
  }

  private endClient(reason: string): void {
    if (this.clientState === CLOSED || !this.client.alive) return;
    this.clientState = CLOSED;
    this.handlers.closed(reason);
    this.tellNode();
  }

  private tellNode(): void {
    if (this.socket.readyState === CLOSED) return;
    this.toNode(() => this.socket.gone(1006));
    this.node.after(SERVER_PATIENCE_MS, () => this.socket.gone(1006));
  }

  private toNode(deliver: () => void): void {
    if (this.deafUp) return;
    this.lastUp = Math.max(this.lastUp, this.time.now + this.weather.latencyMs());
    this.node.after(this.lastUp - this.time.now, () => {
      if (!this.deafUp) deliver();
    });
  }

  private toClient(deliver: () => void): void {
    if (this.deafDown) return;
    this.lastDown = Math.max(this.lastDown, this.time.now + this.weather.latencyMs());
    this.client.after(this.lastDown - this.time.now, () => {
      if (!this.deafDown) deliver();
    });
  }
}
