// Mocha's spec reporter, which also notes how many tests passed and failed, for the sum over all groups.
// CommonJS, as Mocha loads reporters by require.
const { appendFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending } = this.stats;
      const file = process.env.ZERO_DOWNTIME_TEST_COUNTS;
      if (file) appendFileSync(file, `${JSON.stringify({ passed, failed: failed + pending })}\n`);
    });
  }
};
