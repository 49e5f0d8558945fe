/** Every benchmark, by its name. */
import { catchUp } from './catch-up.bench.js';
import type { Benchmark } from './harness/benchmark.js';
import { connections } from './connections.bench.js';
import { fanOut } from './fan-out.bench.js';
import { ffi } from './ffi.bench.js';
import { growth } from './growth.bench.js';
import { history } from './history.bench.js';
import { local } from './local.bench.js';
import { memory } from './memory.bench.js';
import { peers } from './peers.bench.js';
import { pull } from './pull.bench.js';
import { sizes } from './sizes.bench.js';
import { storage } from './storage.bench.js';
import { workloads } from './workloads.bench.js';
import { writes } from './writes.bench.js';

export const BENCHMARKS: readonly Benchmark[] = [
  catchUp,
  connections,
  fanOut,
  ffi,
  growth,
  history,
  local,
  memory,
  peers,
  pull,
  sizes,
  storage,
  workloads,
  writes,
];
