import { expect } from "chai";
import type { Phase } from "../../../release/phases.ts";
import { shareOfCandidate } from "../cluster/candidate-state.ts";
import { isJudged } from "../cluster/guard-state.ts";
import { until } from "../until.ts";
import type { Journey } from "./journey.ts";
import type { Outcome } from "./stack.ts";
import { answersBy } from "./who-serves.ts";

/** A candidate that fails behind the back of an `up`. */
export interface Failing {
  readonly version: string;
  /** Makes it fail. */
  readonly fail: () => Promise<void>;
}

/** What has become of the `up`, and of the users. */
export interface Overtaken {
  /** What the `up` has said; it has failed. */
  readonly text: string;
  /** Requests that the candidate has answered from its first failure on. */
  readonly met: number;
  /** From there until all traffic was on the old version. */
  readonly seconds: number;
}

/**
 * An `up` that is held right behind its gate, at its first Job, until the guard has failed the
 * candidate and given all traffic back: no new pod is let into the namespace meanwhile.
 */
export async function overtakenUp(
  journey: Journey,
  { version, fail }: Failing,
  phase: Phase,
  changes: Record<string, unknown> = {},
): Promise<Overtaken> {
  const jobs = async () => (await journey.kubectl("get", "jobs", "--output=name")).split("\n");
  const before = await jobs();
  await journey.kubectl("create", "quota", "no-pods", "--hard=pods=0");
  let going: Promise<Outcome>;
  let failingAt: number;
  let met: number;
  try {
    going = journey.tries(phase, changes);
    await until("the up is behind its gate", async () =>
      (await jobs()).some((job) => job !== "" && !before.includes(job)),
    );
    failingAt = Date.now();
    const answered = answersBy(journey.load, version);
    await fail();
    await isJudged(journey, "fail");
    await until(
      "all traffic is back",
      async () => (await shareOfCandidate(journey.target, journey.name)) === "0",
    );
    met = answersBy(journey.load, version) - answered;
  } finally {
    await journey.kubectl("delete", "quota", "no-pods");
  }
  const { isOk, text } = await going;
  expect(isOk, text).to.equal(false);
  const writtenAt = journey.trafficWrittenSince(failingAt) ?? Infinity;
  return { text, met, seconds: (writtenAt - failingAt) / 1000 };
}
