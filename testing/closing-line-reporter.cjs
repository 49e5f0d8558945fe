/** A jest reporter that ends the run with one plain line, `N passed, N failed`, for whoever reads only that. */
const { writeSync } = require('node:fs');

module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    // A suite that could not even be loaded has no tests to count: it counts as one that failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed`;
    // jest's own summary comes after every reporter's: the line waits for the end of the process.
    process.once('exit', () => writeSync(1, `\n${line}${skipped > 0 ? `, ${skipped} skipped` : ''}\n`));
  }
};
