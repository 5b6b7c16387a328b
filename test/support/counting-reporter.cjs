// Mocha's spec reporter, which also notes how many tests passed and failed, and which, for the sum over all groups.
// CommonJS, as Mocha loads reporters by require.
const { appendFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

/** Characters of an error that tell enough; the whole of it stands in the group's own output. */
const LONGEST = 1000;

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failures = [];
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test, error) =>
      failures.push(`${test.fullTitle()}: ${String(error?.message ?? error).slice(0, LONGEST)}`),
    );
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending } = this.stats;
      const file = process.env.ZERO_DOWNTIME_TEST_COUNTS;
      if (file) appendFileSync(file, `${JSON.stringify({ passed, failed: failed + pending, failures })}\n`);
    });
  }
};
