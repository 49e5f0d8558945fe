/** What a figure was measured on: without it, no figure says anything. */
import { cpus, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: string;
  readonly memory: string;
  readonly system: string;
  readonly node: string;
  readonly sqlite: string;
  /** null where no benchmark has used one. */
  readonly postgresql: string | null;
}

export function describeMachine(sqlite: string, postgresql: string | undefined): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? 'unknown',
    cores: `${processors.length} cores`,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GB`,
    system: `${type()} ${release()}`,
    node: `Node ${process.versions.node}`,
    sqlite,
    postgresql: postgresql === undefined ? null : `PostgreSQL ${postgresql}`,
  };
}
