/** The laws, checked on what a run has come to once it is quiet. */
import type { Simulation } from '../simulation.js';
import { checkClocks } from './clocks.js';
import { checkConvergence } from './convergence.js';
import { checkFates } from './fates.js';
import { checkLog } from './log.js';

export function checkLaws(simulation: Simulation): void {
  const broken = (what: string) => void simulation.violations.push(what);
  checkLog(simulation.database, broken);
  checkClocks(simulation.database, broken);
  checkConvergence(simulation, broken);
  checkFates(simulation, broken);
}

export type Broken = (what: string) => void;
