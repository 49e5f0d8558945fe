/** The real platform: the conformance suite in real time, and what it does to the process. */
import { waitFor } from '../../../../testing/wait-for.js';
import { nodePlatform } from './node-platform.js';
import { platformSuite } from './platform.suite.js';

platformSuite('nodePlatform', () => ({
  platform: nodePlatform,
  until: async (what, probe) => void (await waitFor(what, probe)),
}));

test('only a timer that is not a background one keeps the process alive, and only until it is cancelled', () => {
  const keepingAlive = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = keepingAlive();
  const cancelBackground = nodePlatform.setTimer(60_000, () => undefined, { background: true });
  expect(keepingAlive()).toBe(before);
  const cancel = nodePlatform.setTimer(60_000, () => undefined);
  expect(keepingAlive()).toBe(before + 1);
  cancel();
  expect(keepingAlive()).toBe(before);
  cancelBackground();
});
