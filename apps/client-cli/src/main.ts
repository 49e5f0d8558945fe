#!/usr/bin/env node
/** The process: its streams, its signals, its exit code. */
import { once } from 'node:events';
import type { Stream } from './io.js';
import { runCli } from './run-cli.js';

/** The reader of a pipe may go away at any time (`cli list | head -1`), and so may a terminal: that is no error. */
function endQuietlyOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO') process.exit();
    throw error;
  });
}

function streamOf(stream: NodeJS.WriteStream): Stream {
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns || 80 : undefined;
    },
    write: (text) => void stream.write(text),
    drained: async () => {
      if (stream.writableNeedDrain) await once(stream, 'drain');
    },
  };
}

endQuietlyOnClosedPipe(process.stdout);
endQuietlyOnClosedPipe(process.stderr);

process.exitCode = await runCli(
  process.argv.slice(2),
  {
    env: process.env,
    folder: process.cwd(),
    stdout: streamOf(process.stdout),
    stderr: streamOf(process.stderr),
    stdinIsTerminal: process.stdin.isTTY === true,
  },
  {
    // Loaded when it is wanted: scripts need not wait for React.
    board: async (settings, output, colors) =>
      (await import('./board/open-board.js')).openBoard(settings, output, colors),
    onInterrupt: (stop) => {
      process.on('SIGINT', stop).on('SIGTERM', stop);
      return () => void process.off('SIGINT', stop).off('SIGTERM', stop);
    },
    stopped: () =>
      new Promise((resolve) => {
        // Nothing else may be keeping the process alive while it waits offline.
        const alive = setInterval(() => undefined, 60_000);
        const stop = (): void => {
          clearInterval(alive);
          resolve();
        };
        process.once('SIGINT', stop);
        process.once('SIGTERM', stop);
      }),
  },
);
