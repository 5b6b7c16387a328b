import { expect } from "chai";
import { aJourney } from "../../support/journey/a-journey.ts";
import { onPodsOfCandidate, shareOfCandidate } from "../../support/cluster/candidate-state.ts";
import { isJudged, verdictOf } from "../../support/cluster/guard-state.ts";
import { faultyImage } from "../../support/journey/journey-images.ts";
import { until } from "../../support/until.ts";

/** The new version passes every test in deploy; it fails every request when this file is there. */
const FAULTY = "/tmp/faulty";

const WHY =
  /Cannot go to switch with green active as 1\.1\.0 failed in switch .* The way back is deploy with blue/;

describe("A candidate that the guard has failed in switch", function () {
  const journey = aJourney(this, "failed", {
    rate: 50,
    images: async (target) => {
      const v1 = await faultyImage(target, "v1", "");
      return { v1, v2: await faultyImage(target, "v1", `when:${FAULTY},error-rate:1`) };
    },
    config: (_, images) => ({
      strategy: "blue-green",
      green: { version: "1.1.0", image: images.v2, schema: "0001-create-address" },
    }),
  });

  it("has lost its traffic to the old version", async () => {
    await journey.goes("deploy");
    await journey.goes("switch");
    await onPodsOfCandidate(journey.target, journey.name, "touch", FAULTY);
    await isJudged(journey, "fail");
    await until("all traffic is back", async () => (await share()) === "0");
    await journey.isServedBy("1.0.0");
  });

  it("gets none from an up that changes nothing, nor from a refresh, nor is it shown any in a preview", async () => {
    const { stack } = journey.book;
    const answered = answersOf("1.1.0");
    for (const [title, attempt] of [
      ["unchanged up", () => stack.up()],
      ["preview --refresh", () => stack.preview("--refresh")],
      ["up --refresh", () => stack.up("--refresh")],
      ["up --target", () => stack.up("--target", "**traffic")],
    ] as const) {
      const { isOk, text } = await attempt();
      expect(isOk, `${title}: ${text}`).to.equal(false);
      expect(text, title).to.match(WHY);
    }
    await journey.isRefused("switch", WHY);
    expect(await share()).to.equal("0");
    expect(answersOf("1.1.0")).to.equal(answered);
  });

  it("stays failed where a hand deletes what the guard has recorded", async () => {
    await journey.kubectl("delete", "configmap", "address-book-verdict");
    await until("it is recorded again", async () => {
      const names = await journey.kubectl("get", "configmaps", "--output=name");
      return names.includes("address-book-verdict") && Boolean((await verdictOf(journey))?.failed);
    });
    await journey.isRefused("switch", WHY);
  });

  it("is left by the way back", async () => {
    await journey.goesBackTo("deploy");
    await journey.isServedBy("1.0.0");
    await journey.isRefused("switch", WHY);
  });

  const share = () => shareOfCandidate(journey.target, journey.name);

  /** Answers of a version since the journey began. */
  const answersOf = (wanted: string): number =>
    journey.load
      .snapshot()
      .seen.filter(({ version }) => version === wanted)
      .reduce((sum, { answers }) => sum + answers, 0);
});
