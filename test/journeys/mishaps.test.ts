import { expect } from "chai";
import { aJourney } from "../support/journey/a-journey.ts";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { holdLock } from "../support/postgres/held-lock.ts";
import { schemaSight, type SchemaSight } from "../support/postgres/schema-state.ts";
import { applyWeights } from "../support/postgres/external-writers.ts";
import { until } from "../support/until.ts";

describe("A release in which everything goes wrong", function () {
  const journey = aJourney(this, "mishaps", {
    database: { deadlineSeconds: 10 },
    config: () => ({ soak: 3600 }),
  });
  let before: SchemaSight;

  it("fails in expand while a report keeps the table from being changed, and says who is in the way", async () => {
    before = await schema();
    const report = await holdLock(journey, "nightly report", "LOCK TABLE address IN ACCESS SHARE MODE");
    try {
      await journey.failsAt("expand", /others held the table for the whole time: .*nightly report/);
    } finally {
      await report.release();
    }
  });

  it("takes back in stable what the failed expand has left behind", async () => {
    await journey.goesBackTo("stable");
    expect(await schema()).to.deep.equal(before);
  });

  it("is expanded once the report is over", () => journey.goes("expand"));

  it("is refused a jump over a stage, in preview and in up, and nothing is touched", async () => {
    await journey.isRefused(
      "switch",
      /Cannot go to switch with green active as the completed stage is expand with blue active\. The next legal step is backfill with blue active; the way back is stable with blue active\./,
    );
  });

  it("goes on where the pod of its backfill was deleted by force", async () => {
    const middle = "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id) FROM address";
    const console = await holdLock(
      journey,
      "console",
      `SELECT FROM address WHERE id = (${middle}) FOR UPDATE`,
    );
    const going = journey.goes("backfill");
    try {
      await until("the backfill waits for the row that is held", async () => (await waitingRunners()) > 0);
      const pods = (await journey.kubectl("get", "pods", "--output=name")).split("\n");
      const [pod = "none"] = pods.filter((name) => name.includes("schema-filled"));
      await journey.kubectl("delete", pod, "--grace-period=0", "--force");
    } finally {
      await console.release();
    }
    await going;
    expect(await journey.query("SELECT FROM address WHERE street_name IS NULL")).to.deep.equal([]);
  });

  it("goes back at once where the switch had just been written when the up was killed", async () => {
    await journey.goes("deploy");
    await journey.isKilled("switch", (_, started) => journey.trafficWrittenSince(started) !== undefined);
    await journey.goesBackTo("deploy");
    await journey.isServedBy("1.0.0");
  });

  it("parks nobody who serves, though another writer has taken the traffic by force before retire", async () => {
    await journey.goes("switch");
    await applyWeights(journey, "another-controller", { blue: 100, green: 0 });
    await until("the other writer's weights are in force", async () =>
      (await journey.versionsNow()).includes("1.0.0"),
    );
    await journey.goes("retire");
    await journey.isServedBy("2.0.0");
    const { weights, pods } = await clusterSight(journey.target, journey.name, "address-book");
    expect(weights).to.deep.equal({ "address-book-blue": 0, "address-book-green": 100 });
    expect(pods).to.include({ "address-book-blue": "0 of 0 with 1.0.0" });
  });

  it("drops nothing in a contract whose check fails", async () => {
    const wide = await schema();
    await journey.failsAt("contract", /Cannot contract yet as the new version must serve for 3600 s/);
    expect(await schema()).to.deep.equal(wide);
    await journey.isServedBy("2.0.0");
  });

  it("starts, tests and warms the parked version on the way back from there, before it gets traffic", async () => {
    const started = Date.now();
    await journey.goesBackTo("deploy");
    const writtenAt = journey.trafficWrittenSince(started) ?? 0;
    const finished = await journey.finishTimes();
    for (const job of ["ready-blue", "smoke-blue", "warm-up-blue"])
      expect(finished[job], `${job} before the traffic`).to.be.at.most(writtenAt);
    await journey.isServedBy("1.0.0");
  });

  it("is refused with what was found where the state was lost, and nothing is acted on", async () => {
    await journey.book.stack.loseState();
    const objects = await objectsButJobs();
    const wide = await schema();
    await journey.failsAt("stable", /role "\w+_owner" already exists|Cannot begin with 0001-create-address/);
    expect(await objectsButJobs()).to.deep.equal(objects);
    expect(await schema()).to.deep.equal(wide);
    await journey.isServedBy("1.0.0");
  });

  it("loses nothing", () => journey.nothingWasLost());

  const schema = () => schemaSight(journey.target, journey.book.database);

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
