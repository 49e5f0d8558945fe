/**
 * The host's process. The library starts it with one end of a socket pair as file descriptor 3, and it ends when the
 * other end is closed: also when the application was killed. It never reads its standard input, nor writes to its
 * standard output, which are the application's.
 */
import { Socket } from 'node:net';
import { Host } from './host.js';

const SOCKET_FD = 3;
/** A process that was forked off the application may hold the other end open after the application has died. */
const PARENT_CHECK_MS = 1_000;
const EXIT = { fine: 0, broken: 70, notStartedByLibrary: 64 } as const;

function main(): void {
  // These are for the application to act on: the host goes when the application lets it go.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  let socket: Socket;
  try {
    socket = new Socket({ fd: SOCKET_FD, readable: true, writable: true });
  } catch {
    process.stderr.write('This is the host of the sync_engine library, which starts it itself.\n');
    process.exitCode = EXIT.notStartedByLibrary;
    return;
  }
  const host = new Host(socket, end);
  let ending = false;
  function end(problem?: unknown): void {
    if (ending) return;
    ending = true;
    socket.destroy();
    if (problem !== undefined)
      process.stderr.write(`sync_engine host: ${problem instanceof Error ? problem.message : 'the socket broke'}\n`);
    const exit = (): void => process.exit(problem === undefined ? EXIT.fine : EXIT.broken);
    host.close().then(exit, exit);
  }
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, PARENT_CHECK_MS).unref();
  host.start();
}

main();
