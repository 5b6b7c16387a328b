import { expect } from "chai";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { aJourney } from "../support/journey/a-journey.ts";
import { noticeboardImages } from "../support/journey/journey-images.ts";
import { aDeployFolder } from "../support/manifests/deploy-folder.ts";
import { clusterAddress, noticeboardConfig, startReaders } from "../support/manifests/noticeboard.ts";

const NAME = "manifests-rolling";
const APP = "web-noticeboard";

describe("A rolling release of what a chart prints", function () {
  const folder = aDeployFolder(this);
  const journey = aJourney(this, NAME, {
    application: APP,
    rows: 0,
    images: noticeboardImages,
    config: (target, images) => {
      folder.layOut(["chart"], target, `${NAME}.test`);
      return {
        ...noticeboardConfig(APP, folder, images),
        strategy: "rolling",
        traffic: { mode: "service" },
      };
    },
    users: async (target) =>
      startReaders({ url: `http://${await clusterAddress(target, NAME, APP)}:80`, path: "/", rate: 80 }),
  });

  it("leaves the chart's test Pod out, and says so", async () => {
    expect(journey.said).to.match(/Pod\/web-noticeboard-test-connection is left out/);
    expect(await journey.kubectl("get", "pods", "--output=name")).to.not.include("test-connection");
    expect(await pods()).to.deep.equal({ [`${APP}-rolling`]: "2 of 2 with 1.0.0" });
  });

  it("replaces the pods one by one, back, and again to the end", async () => {
    await journey.goes("roll");
    await journey.comesToBeServedBy("2.0.0");
    expect(await pods()).to.deep.equal({ [`${APP}-rolling`]: "2 of 2 with 2.0.0" });
    await journey.goesBackTo("stable");
    await journey.comesToBeServedBy("1.0.0");
    await journey.goes("roll");
    await journey.goes("stable");
    await journey.comesToBeServedBy("2.0.0");
  });

  it("loses nothing", () => journey.nothingWasLost());

  const pods = async () => (await clusterSight(journey.target, NAME, APP)).pods;
});
