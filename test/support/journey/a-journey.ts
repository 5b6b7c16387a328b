import type { Suite } from "mocha";
import { Journey } from "./journey.ts";
import type { JourneyOptions } from "../setup.ts";
import { skipAfterFailure } from "./skip-after-failure.ts";

/** No test takes longer, also while others share the machine. */
const TEST_MILLISECONDS = 600_000;

/**
 * A journey of one suite: installed and put under load before its first test, removed after its
 * last one. What follows a failed test is skipped, as nothing would be true of it.
 */
export function aJourney(suite: Suite, name: string, options: JourneyOptions = {}): Journey {
  suite.timeout(TEST_MILLISECONDS);
  const journey = new Journey(name, options);
  suite.beforeAll(() => journey.begin());
  skipAfterFailure(suite, () => journey.tellWhatHappened());
  suite.afterAll(() => journey.end());
  return journey;
}
