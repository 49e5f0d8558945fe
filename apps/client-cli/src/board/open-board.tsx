/**
 * Opens the board on the terminal's alternate screen, and gives the terminal back as it was: after quitting, after a
 * signal, and after an error.
 */
import { EXIT, type ExitCode } from '../exit-codes.js';
import { colorsWanted, type Output } from '../io.js';
import type { Settings } from '../settings/settings.js';
import { openClient } from '../sync/session.js';
import { BoardDriver } from './board-driver.js';

const ALTERNATE_SCREEN = '\u001b[?1049h';
const FORMER_SCREEN = '\u001b[?1049l';
const CLEAR = '\u001b[2J\u001b[H';
const SHOW_CURSOR = '\u001b[?25h';

export async function openBoard(settings: Settings, output: Output, colorOption: boolean): Promise<ExitCode> {
  // Ink draws nothing where it believes to be in CI, and its colour library takes `--no-color` for "no inverse" too.
  // We are on a terminal for certain, and leave colours out ourselves.
  process.env['CI'] = 'false';
  process.env['CONTINUOUS_INTEGRATION'] = 'false';
  process.env['FORCE_COLOR'] ??= '1';
  const [{ render }, { BoardScreen }] = await Promise.all([import('ink'), import('./board-screen.js')]);
  const { stdout } = process;
  const size = (): { columns: number; rows: number } => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });

  const client = await openClient(settings);
  const driver = new BoardDriver(client, {
    database: settings.database,
    server: settings.server,
    size: size(),
    online: !settings.offline,
  });
  const giveBack = (): void => void stdout.write(FORMER_SCREEN + SHOW_CURSOR);
  const onResize = (): void => {
    // What the terminal has made of the old picture is unknown: begin on an empty screen.
    stdout.write(CLEAR);
    driver.dispatch({ kind: 'resize', size: size() });
  };
  const onSignal = (): void => driver.dispatch({ kind: 'keys', keys: [{ kind: 'control', letter: 'c' }] });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

  process.once('exit', giveBack);
  for (const signal of signals) process.on(signal, onSignal);
  stdout.on('resize', onResize);
  stdout.write(ALTERNATE_SCREEN + CLEAR);
  const app = render(<BoardScreen driver={driver} colors={colorOption && colorsWanted(output.io.env)} />, {
    exitOnCtrlC: false,
    patchConsole: false,
  });
  try {
    await Promise.race([driver.ended, app.waitUntilExit()]);
    return EXIT.ok;
  } finally {
    driver.stop();
    app.unmount();
    stdout.off('resize', onResize);
    for (const signal of signals) process.off(signal, onSignal);
    giveBack();
    process.off('exit', giveBack);
    await client.close();
  }
}
