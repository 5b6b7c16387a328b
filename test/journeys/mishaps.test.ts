import { expect } from "chai";
import type { Segment } from "../../example/load/report.ts";
import { aJourney } from "../support/journey/a-journey.ts";
import { onPodsOfCandidate, shareOfCandidate } from "../support/cluster/candidate-state.ts";
import { clusterSight, workOfLastAttempt } from "../support/cluster/cluster-state.ts";
import { isJudged, verdictOf } from "../support/cluster/guard-state.ts";
import { CHECKS_OF_BLUE, JOBS, JOBS_BACK, SEED, seededMoments, WORK } from "../support/journey/stage-jobs.ts";
import { answersBy } from "../support/journey/who-serves.ts";
import { holdLock } from "../support/postgres/held-lock.ts";
import { schemaSight, type SchemaSight } from "../support/postgres/schema-state.ts";
import { applyWeights } from "../support/postgres/external-writers.ts";
import { until } from "../support/until.ts";

/** The first new version passes every test; it crashes when this file is there. */
const CRASH = "/tmp/crash";

/** So does the one that mends it, and fails every request when this file is there. */
const FAULTY = "/tmp/faulty";

/** What the entrance needs to hear of a way back. */
const HEARD_MILLISECONDS = 1000;

const FAILED =
  /Cannot go to switch with green active as 2\.0\.0 failed in switch .* The way back is deploy with blue/;

describe(`A release in which everything goes wrong, killed in the middle of its stages (seed ${SEED})`, function () {
  const aMomentOf = seededMoments();
  const journey = aJourney(this, "mishaps", {
    database: { deadlineSeconds: 10 },
    config: () => ({ soak: 3600 }),
  });
  let before: SchemaSight;

  it("fails in expand while a report keeps the table from being changed, and says who is in the way", async () => {
    before = await schema();
    const green = await journey.newVersion(`crash-when:${CRASH}`);
    const report = await holdLock(journey, "nightly report", "LOCK TABLE address IN ACCESS SHARE MODE");
    try {
      await journey.failsAt("expand", /others held the table for the whole time: .*nightly report/, {
        green,
      });
    } finally {
      await report.release();
    }
  });

  takesBackTheFailedExpand();
  completes("expand");

  it("is refused with what was found where the state was lost, and nothing is acted on", async () => {
    await journey.book.stack.loseState();
    const objects = await objectsButJobs();
    const wide = await schema();
    await journey.failsAt("stable", /role "\w+_owner" already exists|Cannot begin with 0001-create-address/);
    expect(await objectsButJobs()).to.deep.equal(objects);
    expect(await schema()).to.deep.equal(wide);
    await journey.isServedBy("1.0.0");
  });

  it("is refused every other stage but the one that ledger and entrance show", async () => {
    const begin = /Cannot begin at expand with blue active.*set zero-downtime:recover to true/;
    await journey.failsAt("expand", begin);
    const ledger = /Cannot recover at deploy as the ledger must show 0002-split-street filled/;
    await journey.failsAt("deploy", ledger, { recover: true });
    const entrance =
      /Cannot recover at this stage as the entrance must show its weights: it shows blue 100 %, the stage has green 100 %/;
    await journey.failsAt("switch", entrance, { recover: true });
  });

  it("goes on from the stage that it is in, also where the program has got a new setting since", async () => {
    await journey.goes("expand", { recover: true });
    // As by a program that knew neither: both have defaults now.
    const { stack } = journey.book;
    await stack.editState((text) => text.replace(/^ *"(identityPath|readsStatistics)": .*,\n/gm, ""));
    await stack.configure({ recover: undefined });
    await journey.isServedBy("1.0.0");
  });

  it("is refused a jump over a stage, in preview and in up, and nothing is touched", async () => {
    await journey.isRefused(
      "switch",
      /Cannot go to switch with green active as the completed stage is expand with blue active\. The next legal step is backfill with blue active; the way back is stable with blue active\./,
    );
  });

  goesOnInBackfill();
  completes("deploy");

  it("goes back at once where the switch had just been written when the up was killed, and the version crashes", async () => {
    await journey.isKilled("switch", (_, started) => journey.trafficWrittenSince(started) !== undefined);
    await journey.load.mark("crashed");
    const crashed = Date.now();
    await onPods("touch", CRASH);
    await until("no pod of the new version is ready", async () =>
      (await podsOf("green")).startsWith("0 of 2"),
    );

    // The guard may have been faster.
    const going = journey.goesBackTo("deploy");
    await isHeardOf(crashed);
    await journey.load.mark("answered again");
    await journey.isServedBy("1.0.0");
    await going;
    // It was not waited for: it is as broken as it was.
    expect(await podsOf("green")).to.equal("0 of 2 with 2.0.0");
    await journey.isServedBy("1.0.0");
  });

  it("has asked for nothing on that way but whether the old version, which was warm, is ready and serves", async () => {
    const work = await workOfLastAttempt(journey.target, journey.name, "address-book");
    expect(work).to.deep.equal(WORK["back in deploy, from a warm version"]);
  });

  it("is mended by another image, in deploy", async () => {
    await journey.goes("deploy", { green: await journey.newVersion(`when:${FAULTY},error-rate:1`) });
    await journey.goes("switch");
    await journey.isServedBy("2.0.0");
  });

  goesBackToTheWarmVersion();
  parksNobodyWhoServes();

  it("drops nothing in a contract whose check fails", async () => {
    const wide = await schema();
    await journey.failsAt("contract", /Cannot contract yet as the new version must serve for 3600 s/);
    expect(await schema()).to.deep.equal(wide);
    await journey.isServedBy("2.0.0");
  });

  goesBackToTheParkedVersion();

  it("has lost its traffic to the old version, when the guard has failed it in switch", async () => {
    await journey.goes("switch");
    await journey.isServedBy("2.0.0");
    await journey.load.mark("failing");
    const failing = Date.now();
    await onPods("touch", FAULTY);
    await isJudged(journey, "fail");
    await until("all traffic is back", async () => (await share()) === "0");
    await isHeardOf(failing);
    await journey.load.mark("given back");
    await journey.isServedBy("1.0.0");
  });

  it("gets none from an up that changes nothing, nor from a refresh, nor is it shown any in a preview", async () => {
    const { stack } = journey.book;
    const answered = answersBy(journey.load, "2.0.0");
    for (const [title, attempt] of [
      ["unchanged up", () => stack.up()],
      ["preview --refresh", () => stack.preview("--refresh")],
      ["up --refresh", () => stack.up("--refresh")],
      ["up --target", () => stack.up("--target", "**traffic")],
    ] as const) {
      const { isOk, text } = await attempt();
      expect(isOk, `${title}: ${text}`).to.equal(false);
      expect(text, title).to.match(FAILED);
    }
    await journey.isRefused("switch", FAILED);
    expect(await share()).to.equal("0");
    expect(answersBy(journey.load, "2.0.0")).to.equal(answered);
  });

  it("stays failed where a hand deletes what the guard has recorded", async () => {
    await journey.kubectl("delete", "configmap", "address-book-verdict");
    await until("it is recorded again", async () => {
      const names = await journey.kubectl("get", "configmaps", "--output=name");
      return names.includes("address-book-verdict") && Boolean((await verdictOf(journey))?.failed);
    });
    await journey.isRefused("switch", FAILED);
  });

  it("loses no request but those that a broken version has met, and no row", async () => {
    const { segments } = await journey.nothingWasWrong();
    const crashed = between(segments, "crashed", "answered again");
    const failing = between(segments, "failing", "given back");
    const others = segments.filter((segment) => ![...crashed, ...failing].includes(segment));
    expect(others.filter(({ totals }) => totals.failed > 0)).to.deep.equal([]);
    for (const { totals } of failing) expect(totals.failed).to.equal(totals.failedBy["5xx"] ?? 0);
  });

  function takesBackTheFailedExpand() {
    const { title, hasCome } = aMomentOf(JOBS_BACK.stable);
    it(`takes back in stable what that has left behind, where an up was killed when ${title}, by the next one`, async () => {
      await journey.isKilled("stable", hasCome);
      await journey.goesBackTo("stable");
      expect(await schema()).to.deep.equal(before);
    });
  }

  function goesBackToTheWarmVersion() {
    const { title, hasCome } = aMomentOf(JOBS_BACK.deploy);
    it(`goes back to the old version, which was warm, by the next up, where one was killed when ${title}`, async () => {
      await journey.isKilled("deploy", hasCome);
      await journey.goesBackTo("deploy");
      await journey.isServedBy("1.0.0");
      await journey.goes("switch");
    });
  }

  function completes(phase: "expand" | "deploy") {
    const { title, hasCome } = aMomentOf(JOBS[phase]);
    it(`completes ${phase} by the next up, where one was killed when ${title}`, async () => {
      await journey.isKilled(phase, hasCome);
      await journey.goes(phase);
    });
  }

  function goesOnInBackfill() {
    const { title, hasCome } = aMomentOf(JOBS.backfill);
    it(`completes backfill by the next up, where one was killed when ${title} and the pod was deleted by force`, async () => {
      const middle = "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id) FROM address";
      const sql = `SELECT FROM address WHERE id = (${middle}) FOR UPDATE`;
      const console = await holdLock(journey, "console", sql);
      try {
        await journey.isKilled("backfill", hasCome);
        const killed = await podsWith("schema-filled");
        const going = journey.goes("backfill");
        let pod: string | undefined;
        await until("the backfill waits for the row that is held", async () => {
          pod = (await podsWith("schema-filled")).find((name) => !killed.includes(name));
          return pod !== undefined && (await waitingRunners()) > 0;
        });
        await journey.kubectl("delete", pod ?? "", "--grace-period=0", "--force");
        await console.release();
        await going;
      } finally {
        await console.release();
      }
      expect(await journey.query("SELECT FROM address WHERE street_name IS NULL")).to.deep.equal([]);
    });
  }

  function parksNobodyWhoServes() {
    const { title, hasCome } = aMomentOf(JOBS.retire);
    it(`parks nobody who serves, though another writer took the traffic by force and an up was killed when ${title}`, async () => {
      await applyWeights(journey, "another-controller", { blue: 100, green: 0 });
      await until("the other writer's weights are in force", async () =>
        (await journey.versionsNow()).includes("1.0.0"),
      );
      await journey.isKilled("retire", hasCome);
      await journey.goes("retire");
      await journey.isServedBy("2.0.0");
      const { weights } = await clusterSight(journey.target, journey.name, "address-book");
      expect(weights).to.deep.equal({ "address-book-blue": 0, "address-book-green": 100 });
      expect(await podsOf("blue")).to.equal("0 of 0 with 1.0.0");
    });
  }

  function goesBackToTheParkedVersion() {
    const { title, hasCome } = aMomentOf(JOBS_BACK["deploy, before the traffic"]);
    it(`starts, tests and warms the parked version before it gets traffic, where an up was killed when ${title}, by the next one`, async () => {
      await journey.isKilled("deploy", hasCome);
      const started = Date.now();
      await journey.goesBackTo("deploy");
      const writtenAt = journey.trafficWrittenSince(started) ?? 0;
      const finished = await journey.finishTimes();
      for (const check of CHECKS_OF_BLUE)
        expect(finished[check], `${check} before the traffic`).to.be.at.most(writtenAt);
      await journey.isServedBy("1.0.0");
    });
  }

  /** Waits until the weights have become others, and the entrance has heard of it. */
  async function isHeardOf(since: number) {
    await until("the traffic is written", () => journey.trafficWrittenSince(since) !== undefined);
    const heardAt = (journey.trafficWrittenSince(since) ?? 0) + HEARD_MILLISECONDS;
    await until("the entrance has heard of it", () => Date.now() > heardAt);
  }

  const schema = () => schemaSight(journey.target, journey.book.database);

  const share = () => shareOfCandidate(journey.target, journey.name);

  const onPods = (...command: readonly string[]) =>
    onPodsOfCandidate(journey.target, journey.name, ...command);

  const podsOf = async (colour: string) =>
    (await clusterSight(journey.target, journey.name, "address-book")).pods[`address-book-${colour}`] ?? "";

  const podsWith = async (part: string) =>
    (await journey.kubectl("get", "pods", "--output=name")).split("\n").filter((name) => name.includes(part));

  const waitingRunners = async () => {
    const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE '%migrator' AND wait_event_type = 'Lock'`;
    return (await journey.query(sql)).length;
  };

  /** A refused attempt leaves its Job, for its words. */
  async function objectsButJobs() {
    const objects = Object.entries(await journey.objects());
    return Object.fromEntries(objects.filter(([title]) => !title.startsWith("Job/")));
  }
});

/** The segments from one mark up to another. */
function between(segments: readonly Segment[], from: string, to: string): Segment[] {
  const labels = segments.map(({ label }) => label);
  return segments.slice(labels.indexOf(from), labels.indexOf(to));
}
