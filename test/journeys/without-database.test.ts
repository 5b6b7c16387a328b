import { expect } from "chai";
import { aJourney } from "../support/journey/a-journey.ts";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { plainAppImage } from "../support/journey/journey-images.ts";
import { startPageLoad } from "../support/journey/page-load.ts";
import { until } from "../support/until.ts";

const NODE_PORT = 30_480;
const PUBLIC_URL = `http://127.0.0.1:${NODE_PORT}`;

describe("A release of an application without a database, behind a Service", function () {
  const journey = aJourney(this, "without-database", {
    rows: 0,
    images: async (target) => {
      const image = await plainAppImage(target);
      return { v1: image, v2: image };
    },
    app: {
      smoke: [{ path: "/", expect: { status: 200, text: "This is" } }],
      warmUp: { paths: ["/"], requests: 50 },
    },
    config: (_, { v1, v2 }) => ({
      database: undefined,
      traffic: { mode: "service", type: "NodePort", nodePort: NODE_PORT, publicUrl: PUBLIC_URL },
      blue: { version: "1.0.0", image: v1 },
      green: { version: "2.0.0", image: v2 },
    }),
    users: async () => startPageLoad({ url: PUBLIC_URL, path: "/", rate: 80 }),
  });

  it("needs no stage for a schema, and leaves nothing of a database", async () => {
    await journey.goes("deploy");
    const { objects, jobs } = await clusterSight(journey.target, journey.name, "address-book");
    expect(objects.filter((title) => title.startsWith("Secret/"))).to.deep.equal([]);
    expect(jobs).to.deep.equal(["probe", "ready-blue", "ready-green", "smoke-green", "warm-up-green"]);
  });

  it("brings every new connection to the new version in switch, and back in the rollback", async () => {
    await journey.goes("switch");
    await journey.isServedBy("2.0.0", "fresh");
    await journey.goesBackTo("deploy");
    await journey.isServedBy("1.0.0", "fresh");
    await journey.goes("switch");
    await journey.isServedBy("2.0.0", "fresh");
  });

  it("moves kept-alive connections when their pods end in retire, though a hand has set the selector back", async () => {
    const selector = { spec: { selector: { "zero-downtime/workload": "blue" } } };
    await journey.kubectl("patch", "service", "address-book", "--patch", JSON.stringify(selector));
    await until("the hand's selector is in force", async () =>
      (await journey.versionsNow("fresh")).includes("1.0.0"),
    );
    await journey.goes("retire");
    await until(
      "the last connection has moved",
      async () => !(await journey.versionsNow()).includes("1.0.0"),
    );
  });

  it("is done without a schema to contract", async () => {
    await journey.goes("stable");
    await journey.isServedBy("2.0.0");
    expect((await journey.book.stack.outputs())["schema"]).to.equal("none");
  });

  it("loses nothing", () => journey.nothingWasLost());
});
