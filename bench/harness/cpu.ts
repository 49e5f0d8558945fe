/** The CPU time of processes and of the whole machine, so that a repeat that something else disturbed is seen. Linux only. */
import { readFileSync } from 'node:fs';

/** A kernel tick as /proc counts them: 10 ms on every Linux that Node runs on. */
const TICK_MS = 10;

/** User and system time of a process so far; 0 where it cannot be told. */
export function processCpuMs(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

/** Busy time of all cores so far. */
export function machineCpuMs(): number {
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
