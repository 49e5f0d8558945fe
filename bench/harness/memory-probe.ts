/**
 * Loaded into a server (`node --require`) whose memory is measured: on SIGUSR2 it has the garbage collected until nothing
 * more goes, and prints `memory N {...}` with what is left, N counting from 1.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let told = 0;

async function settle(): Promise<NodeJS.MemoryUsage> {
  let least = Number.POSITIVE_INFINITY;
  for (let idle = 0; idle < 3;) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const used = process.memoryUsage().heapUsed;
    idle = used < least * 0.995 ? 0 : idle + 1;
    least = Math.min(least, used);
  }
  collect();
  return process.memoryUsage();
}

process.on('SIGUSR2', () => {
  void settle().then((memory) => console.log(`memory ${++told} ${JSON.stringify(memory)}`));
});
