/**
 * The CPU time of processes and of the whole machine, so that a run that something else disturbed is seen. Linux only:
 * elsewhere everything is 0.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** A kernel tick as /proc counts them: 10 ms on every Linux that Node runs on. */
const TICK_MS = 10;

/** Cores kept busy: 1 is one core all the time. */
export interface CpuShares {
  /** The process that is measured; 0 where none is. */
  readonly server: number;
  /** The PostgreSQL that the benchmark has started. */
  readonly postgres: number;
  /** All other processes of the benchmark: the load generators and the benchmark itself. */
  readonly load: number;
  /** Everything else on the machine, its kernel threads included. */
  readonly rest: number;
}

/** What was busy between its making and `end`. */
export class CpuWindow {
  private readonly began = performance.now();
  private readonly before: Snapshot;

  /** @param server the pid of the process that is measured */
  constructor(private readonly server?: number) {
    this.before = snapshot(server);
  }

  end(): CpuShares {
    const after = snapshot(this.server);
    const wall = performance.now() - this.began;
    const share = (of: (snapshot: Snapshot) => number): number => Math.max(0, (of(after) - of(this.before)) / wall);
    const server = share((taken) => taken.server);
    const postgres = share((taken) => taken.postgres);
    return {
      server,
      postgres,
      load: share((taken) => taken.own - taken.server - taken.postgres),
      rest: share((taken) => taken.machine - taken.own),
    };
  }
}

/** How much of the machine something else may take before a run counts as disturbed. */
const NOISY_SHARE = 0.1;

export function isNoisy(restCores: number): boolean {
  return restCores > NOISY_SHARE * cpus().length;
}

export function cpuText({ server, postgres, load, rest }: CpuShares): string {
  const percent = (cores: number): string => `${Math.round(cores * 100)}%`;
  return `CPU ${percent(server)} server, ${percent(postgres)} PostgreSQL, ${percent(load)} load, ${percent(rest)} others`;
}

/** User and system time of a process so far, in milliseconds; 0 where it cannot be told. */
export function processCpuMs(pid: number): number {
  return statOf(String(pid))?.own ?? 0;
}

interface Snapshot {
  /** Milliseconds of CPU so far: of the measured process, of PostgreSQL, of all processes of this benchmark, of all. */
  readonly server: number;
  readonly postgres: number;
  readonly own: number;
  readonly machine: number;
}

interface ProcessStat {
  readonly name: string;
  readonly parent: number;
  readonly own: number;
  /** With its ended children, so that what has ended in between is not lost. */
  readonly withEnded: number;
}

function snapshot(server: number | undefined): Snapshot {
  const stats = new Map<number, ProcessStat>();
  for (const name of list('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(name) : undefined;
    if (stat) stats.set(Number(name), stat);
  }
  const ours = [...stats].filter(([pid]) => descends(pid, stats)).map(([, stat]) => stat);
  const sum = (of: readonly ProcessStat[]): number => of.reduce((total, { withEnded }) => total + withEnded, 0);
  return {
    server: server === undefined ? 0 : (stats.get(server)?.withEnded ?? 0),
    postgres: sum(ours.filter(({ name }) => name === 'postgres')),
    own: sum(ours),
    machine: machineCpuMs(),
  };
}

function descends(pid: number, stats: ReadonlyMap<number, ProcessStat>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = stats.get(at)?.parent) {
    if (at === process.pid) return true;
  }
  return false;
}

/** proc(5): after the name in brackets come state, parent, …, utime (14), stime, cutime, cstime. */
function statOf(pid: string): ProcessStat | undefined {
  const text = read(`/proc/${pid}/stat`);
  const end = text.lastIndexOf(') ');
  if (end < 0) return undefined;
  const fields = text.slice(end + 2).split(' ');
  const field = (index: number): number => Number(fields[index] ?? 0);
  const own = (field(11) + field(12)) * TICK_MS;
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    parent: field(1),
    own,
    withEnded: own + (field(13) + field(14)) * TICK_MS,
  };
}

/** Busy time of all cores so far. */
function machineCpuMs(): number {
  const [, ...fields] = read('/proc/stat').split('\n', 1)[0]?.split(/\s+/).map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields;
  return (user + nice + system + irq + softirq + steal) * TICK_MS;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
