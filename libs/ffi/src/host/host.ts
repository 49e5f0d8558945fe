/**
 * The host: engines of the SDK for a native application, at the other end of a socket.
 *
 * Every request is answered exactly once, in the order in which the requests of an engine settle. What an answer
 * acknowledges is in SQLite. When the socket ends, so does the host: it lives for its application only.
 */
import { availableParallelism } from 'node:os';
import type { Duplex } from 'node:stream';
import { AssertionFailure } from '@json-database-sync/domain';
import { KIND, MAX_BODY_BYTES, OPERATION, PROTOCOL } from '../abi/wire.js';
import { LIBRARY_STATUS, STATUS } from '../abi/status-codes.js';
import { Arguments } from './arguments.js';
import { HostedEngine } from './engine.js';
import { failureOf } from './failure.js';
import { FrameReader, decodeFields, encodeFields, encodeFrame, type Frame } from './frame.js';
import { operationOf } from './operations.js';
import { Vigil } from './vigil.js';

export class Host {
  private readonly engines = new Map<number, HostedEngine>();
  private readonly reader = new FrameReader();
  private readonly vigil = new Vigil({
    now: () => performance.now(),
    goRound: (then) => void setImmediate(then),
    cores: availableParallelism(),
  });

  /** @param ended called once, when the application has gone or what it says makes no sense */
  constructor(
    private readonly socket: Duplex,
    private readonly ended: (problem?: unknown) => void,
  ) {}

  start(): void {
    const { socket } = this;
    socket.on('data', (bytes: Buffer) => {
      try {
        let calls = 0;
        this.reader.read(bytes, (frame) => {
          calls++;
          this.receive(frame);
        });
        if (calls > 0) this.vigil.called(calls);
      } catch (error) {
        this.ended(error);
      }
    });
    // A broken pipe is how the application's death looks from here, if something was being written.
    socket.once('error', () => this.ended());
    socket.once('close', () => this.ended());
    socket.once('end', () => this.ended());
    socket.write(encodeFrame({ kind: KIND.hello, engine: 0, code: PROTOCOL, id: 0 }, ''));
  }

  async close(): Promise<void> {
    const engines = [...this.engines.values()];
    this.engines.clear();
    for (const engine of engines) await engine.close();
  }

  private receive(frame: Frame): void {
    if (frame.kind !== KIND.request) throw new AssertionFailure(`a frame of kind ${frame.kind}`);
    this.carryOut(frame).then(
      (result) => this.answer(frame, result),
      (error: unknown) => this.refuse(frame, error),
    );
  }

  private async carryOut(frame: Frame): Promise<string> {
    const given = new Arguments(decodeFields(frame.body));
    if (frame.code === OPERATION.open) return this.open(frame.engine, given);
    const engine = this.engines.get(frame.engine);
    if (!engine) throw new AssertionFailure(`there is no engine ${frame.engine}`);
    if (frame.code === OPERATION.listen) {
      engine.listen(given.integer(0));
      return '';
    }
    if (frame.code === OPERATION.close) {
      this.engines.delete(frame.engine);
      await engine.close();
      return '';
    }
    const operation = operationOf(frame.code);
    if (!operation) throw new AssertionFailure(`there is no operation ${frame.code}`);
    return operation(engine.client, given);
  }

  private async open(number: number, given: Arguments): Promise<string> {
    if (this.engines.has(number)) throw new AssertionFailure(`engine ${number} is open`);
    const engine = await HostedEngine.open(given, (type, fields) => {
      const head = { kind: KIND.event, engine: number, code: type, id: 0 };
      this.socket.write(encodeFrame(head, encodeFields(fields)));
    });
    this.engines.set(number, engine);
    return '';
  }

  private answer(frame: Frame, result: string): void {
    const head = { kind: KIND.response, engine: frame.engine, code: STATUS.ok, id: frame.id };
    const bytes = encodeFrame(head, result);
    if (bytes.length <= MAX_BODY_BYTES) {
      this.socket.write(bytes);
      this.vigil.answered();
      return;
    }
    const fields = ['the result is too large', 'Ask for less at once, with a limit and an offset.', null];
    this.socket.write(encodeFrame({ ...head, code: LIBRARY_STATUS.result_too_large }, encodeFields(fields)));
  }

  private refuse(frame: Frame, error: unknown): void {
    try {
      const { status, fields } = failureOf(error);
      const head = { kind: KIND.response, engine: frame.engine, code: status, id: frame.id };
      this.socket.write(encodeFrame(head, encodeFields(fields)));
    } catch (unintelligible) {
      this.ended(unintelligible);
    }
  }
}
