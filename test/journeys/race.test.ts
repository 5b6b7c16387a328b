import { expect } from "chai";
import type { Phase } from "../../release/phases.ts";
import { aJourney } from "../support/journey/a-journey.ts";
import { onPodsOfCandidate, shareOfCandidate } from "../support/cluster/candidate-state.ts";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { isJudged } from "../support/cluster/guard-state.ts";
import { faultyImage } from "../support/journey/journey-images.ts";
import type { Outcome } from "../support/journey/stack.ts";
import { until } from "../support/until.ts";

/**
 * A version passes every test and every rung until this file is there; then it fails every request.
 */
const FAULTY = "/tmp/faulty";

const QUICK = { rungs: [5, 50], minimumSeconds: 1, failures: { ruledOut: 0.5 } };

describe("An up that moves on while the guard gives the traffic back", function () {
  const journey = aJourney(this, "race", {
    rate: 100,
    images: async (target) => {
      const v1 = await faultyImage(target, "v1", "");
      return { v1, v2: v1 };
    },
    config: () => ({ strategy: "canary", canary: { ...QUICK, durations: null, cpu: null, memory: null } }),
  });

  it("is on a rung that has passed", async () => {
    await journey.goes("deploy", { green: await candidate("1.1.0") });
    await climbs(5);
  });

  it("gives a candidate no more traffic that failed after the gate had let it pass", async () => {
    const { text } = await overtaken("canary", { weight: 50 });
    expect(text).to.match(
      /Cannot call address-book-green ready as 1\.1\.0 failed on the rung at 5 % .* It was given no more traffic/,
    );
    await allUsersAreOnTheOldVersion();
  });

  it("is tried again with a mended version, up to the switch", async () => {
    await journey.goesBackTo("deploy");
    await journey.goes("deploy", { green: await candidate("1.2.0") });
    await climbs(5);
    await climbs(50);
    await journey.goes("switch");
    await journey.isServedBy("1.2.0");
  });

  it("parks nobody where the new version failed after the gate had let retire pass", async () => {
    const { text } = await overtaken("retire");
    expect(text).to.match(
      /Cannot park the old version as 1\.2\.0 failed in switch .* Nothing was parked; go back to deploy/,
    );
    await allUsersAreOnTheOldVersion();
  });

  it("goes back to deploy from there", async () => {
    await journey.goesBackTo("deploy");
    await allUsersAreOnTheOldVersion();
  });

  it("loses no request but those that a bad version has answered, and no row", async () => {
    const { totals, segments, check } = await journey.reports();
    for (const { label, totals: part } of segments)
      expect(part.failed, label).to.equal(part.failedBy["5xx"] ?? 0);
    expect(totals.failed).to.be.greaterThan(0);
    expect(totals).to.include({ wrong: 0, overflow: 0 });
    expect(check).to.include({ complete: true, lost: 0, changed: 0 });
    await journey.keptItsRows();
  });

  /**
   * Two builds of the same program have one digest, and a failed image stays failed: each version
   * has a fault of its own.
   */
  async function candidate(version: string) {
    const fault = `when:${FAULTY},error-rate:${version === "1.1.0" ? 1 : 0.99}`;
    const image = await faultyImage(journey.target, "v1", fault);
    return { version, image, schema: "0001-create-address" };
  }

  async function climbs(weight: number) {
    await journey.goes("canary", { weight });
    await isJudged(journey, "pass");
  }

  /**
   * An `up` that is held right behind its gate, at its first Job, until the guard has failed the
   * candidate and given all traffic back: no new pod is let into the namespace meanwhile.
   */
  async function overtaken(phase: Phase, changes: Record<string, unknown> = {}): Promise<Outcome> {
    const before = await readyJobs();
    await journey.kubectl("create", "quota", "no-pods", "--hard=pods=0");
    let going: Promise<Outcome>;
    try {
      going = journey.tries(phase, changes);
      await until("the up is behind its gate", async () =>
        (await readyJobs()).some((job) => !before.includes(job)),
      );
      await onPodsOfCandidate(journey.target, journey.name, "touch", FAULTY);
      await isJudged(journey, "fail");
      await until("all traffic is back", async () => (await share()) === "0");
    } finally {
      await journey.kubectl("delete", "quota", "no-pods");
    }
    const outcome = await going;
    expect(outcome.isOk, outcome.text).to.equal(false);
    return outcome;
  }

  const readyJobs = async () =>
    (await journey.kubectl("get", "jobs", "--output=name"))
      .split("\n")
      .filter((name) => name.includes("-ready-"));

  const share = () => shareOfCandidate(journey.target, journey.name);

  async function allUsersAreOnTheOldVersion() {
    expect(await share()).to.equal("0");
    await journey.isServedBy("1.0.0");
    const { pods } = await clusterSight(journey.target, journey.name, "address-book");
    expect(pods["address-book-blue"]).to.equal("2 of 2 with 1.0.0");
  }
});
