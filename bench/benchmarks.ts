/** Every benchmark, by its name. */
import type { Benchmark } from './harness/benchmark.js';
import { connections } from './connections.bench.js';
import { fanOut } from './fan-out.bench.js';
import { history } from './history.bench.js';
import { storage } from './storage.bench.js';
import { writes } from './writes.bench.js';

export const BENCHMARKS: readonly Benchmark[] = [connections, fanOut, history, storage, writes];
