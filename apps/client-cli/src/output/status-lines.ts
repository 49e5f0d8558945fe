/** The sync status for people, for `status` and for the board. */
import type { SyncStatus } from '@json-database-sync/client';
import { span, type Line, type Tone } from '../text/line.js';
import { plainLine } from '../text/plain-text.js';
import { timeText } from './time-text.js';

export const CONNECTION_LOOK: Record<SyncStatus['connection'], { icon: string; tone: Tone }> = {
  online: { icon: '●', tone: 'green' },
  connecting: { icon: '◌', tone: 'yellow' },
  offline: { icon: '○', tone: 'red' },
};

const LABEL_CELLS = 14;

export function statusLines(status: SyncStatus, server: string): Line[] {
  const look = CONNECTION_LOOK[status.connection];
  const head = status.serverSequence === null ? '' : ` of ${status.serverSequence}`;
  const lines: Line[] = [
    field('database', status.databasePath),
    field('server', status.url ?? `${server} (not used)`),
    [label('connection'), span(`${look.icon} ${status.connection}`, { tone: look.tone })],
    field('user', status.userId ?? 'not known yet'),
    field('this device', status.clientId),
    field('documents', String(status.documents)),
    [
      label('waiting'),
      span(
        status.pending === 0 ? 'nothing' : `${status.pending} change(s) to be sent`,
        status.pending > 0 ? { tone: 'yellow' } : {},
      ),
    ],
    [
      label('conflicts'),
      span(
        status.conflicts === 0 ? 'none' : `${status.conflicts} change(s) lost`,
        status.conflicts > 0 ? { tone: 'red' } : {},
      ),
    ],
    field('received', `change ${status.cursor}${head}${status.caughtUp ? ', up to date' : ''}`),
    field('in sync', inSyncText(status)),
    ...(status.repairedAt === null
      ? []
      : [field('repaired', repairedText(status.repairedDocuments, status.repairedAt))]),
    field('last sync', status.lastSyncAt === null ? 'never' : timeText(status.lastSyncAt)),
  ];
  if (status.lastError) {
    const { code, message, remedy } = status.lastError;
    lines.push([
      label('last error'),
      span(plainLine(`${code}: ${message} `), { tone: 'red' }),
      span(plainLine(remedy), { dim: true }),
    ]);
  }
  return lines;
}

function inSyncText({ verifiedSequence, verifiedAt }: SyncStatus): string {
  if (verifiedSequence === null || verifiedAt === null) return 'not verified yet';
  return `verified in sync at sequence ${verifiedSequence}, ${timeText(verifiedAt)}`;
}

function repairedText(documents: number, at: string): string {
  return `${documents} document(s) that differed from the server's, last ${timeText(at)}`;
}

function field(name: string, value: string): Line {
  return [label(name), span(plainLine(value))];
}

function label(name: string): Line[number] {
  return span(name.padEnd(LABEL_CELLS), { dim: true });
}
