import { expect } from "chai";
import { stopDaemon } from "../../../local/machine/daemon.ts";
import { up } from "../../../local/environment.ts";
import { folders } from "../../../local/folders.ts";
import { silentReport } from "../../../local/report.ts";
import { aJourney } from "../../support/journey/a-journey.ts";
import { shareOfCandidate } from "../../support/cluster/candidate-state.ts";
import { countedRequests, isJudged, QUICK_CANARY } from "../../support/cluster/guard-state.ts";
import { faultyImage } from "../../support/journey/journey-images.ts";
import { answersBy } from "../../support/journey/who-serves.ts";
import { until } from "../../support/until.ts";

/** The segment of the load in which requests may fail: nobody can answer. */
const RESTARTED = "gateway restarted";

describe("A canary while what it stands on is restarted", function () {
  const journey = aJourney(this, "restarts", {
    rate: 100,
    images: async (target) => {
      const v1 = await faultyImage(target, "v1", "");
      return { v1, v2: v1 };
    },
    config: (_, { v2 }) => ({
      strategy: "canary",
      green: { version: "1.1.0", image: v2, schema: "0001-create-address" },
      canary: QUICK_CANARY,
    }),
  });

  it("keeps the traffic where it is while the API server is restarted, and judges on afterwards", async () => {
    await journey.goes("deploy");
    await journey.goes("canary", { weight: 5 });
    await isJudged(journey, "pass");
    await isRestarted("kube-apiserver");
    await goesOnAt(5);
  });

  it("keeps it there when the gateway is restarted, too", async () => {
    await isRestarted("contour");
    await goesOnAt(5);
    await journey.load.mark(RESTARTED);
    await isRestarted("envoy");
    const answered = answersBy(journey.load, "1.0.0");
    await until("users are answered again", () => answersBy(journey.load, "1.0.0") > answered + 30);
    await journey.load.mark("gateway is back");
    await goesOnAt(5);
  });

  it("loses no request but those that met no gateway, and no row", async () => {
    const { segments } = await journey.nothingWasWrong();
    const others = segments.filter(({ label }) => label !== RESTARTED);
    expect(others.filter(({ totals }) => totals.failed > 0)).to.deep.equal([]);
  });

  /** One of the environment's daemons is killed, and brought up again. */
  async function isRestarted(daemon: string) {
    await stopDaemon(folders(), daemon, "SIGKILL");
    await up(silentReport);
  }

  /** The weights are the rung's, and the guard counts on and passes it. */
  async function goesOnAt(weight: number) {
    expect(await shareOfCandidate(journey.target, journey.name)).to.equal(String(weight));
    const counted = await countedRequests(journey);
    await until("the guard counts on", async () => (await countedRequests(journey)) > counted);
    await isJudged(journey, "pass");
  }
});
