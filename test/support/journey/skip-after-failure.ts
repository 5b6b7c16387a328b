import type { Suite } from "mocha";

/**
 * Skips what follows a failed test of a suite that tells one story, as nothing would be true of it.
 */
export function skipAfterFailure(suite: Suite, tell: () => Promise<void> = () => Promise.resolve()): void {
  let isLost = false;
  suite.beforeEach(function () {
    if (isLost) this.skip();
  });
  suite.afterEach(async function () {
    if (isLost || this.currentTest?.state !== "failed") return;
    isLost = true;
    await tell();
  });
}
