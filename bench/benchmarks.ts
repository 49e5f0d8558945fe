/** Every benchmark, by its name. */
import type { Benchmark } from './harness/benchmark.js';
import { history } from './history.bench.js';
import { storage } from './storage.bench.js';
import { writes } from './writes.bench.js';

export const BENCHMARKS: readonly Benchmark[] = [history, storage, writes];
