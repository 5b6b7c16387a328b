import { expect } from "chai";
import { added, prepare, told, type Files } from "../shop.ts";

const specOf = (deployment: object, needs = {}) => prepare({ deployment }, needs).objects.web.spec;
const rolling = (rollingUpdate: object): Files["deployment"] => ({
  strategy: { type: "RollingUpdate", rollingUpdate },
});

describe("how a version's pods are replaced", () => {
  it("is one by one, without one less meanwhile, where the files say nothing", () => {
    expect(specOf({})).to.deep.equal({
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      minReadySeconds: 1,
    });
    expect(added(prepare())).to.include.members(["maxUnavailable 0, maxSurge 1", "minReadySeconds 1"]);
  });

  it("is as it is written where no pod is missing meanwhile", () => {
    const deployment = { ...rolling({ maxUnavailable: "0%", maxSurge: "50%" }), minReadySeconds: 9 };
    expect(specOf(deployment)).to.deep.equal(deployment);
    expect(added(prepare({ deployment })).join()).to.not.match(/maxUnavailable 0|minReady/);
  });

  it("keeps as many more pods as are written, where one less would be allowed", () => {
    const cases: readonly (readonly [object, string | number, string])[] = [
      [{ maxUnavailable: 1 }, 1, "maxUnavailable 0, maxSurge 1 in place of maxUnavailable 1"],
      [
        { maxUnavailable: "25%", maxSurge: "25%" },
        "25%",
        "maxUnavailable 0, maxSurge 25% in place of maxUnavailable 25%",
      ],
      [
        { maxUnavailable: 1, maxSurge: 0 },
        1,
        "maxUnavailable 0, maxSurge 1 in place of maxUnavailable 1, maxSurge 0",
      ],
    ];
    for (const [written, maxSurge, what] of cases) {
      const deployment = rolling(written) as object;
      expect(specOf(deployment)["strategy"]).to.deep.equal({
        type: "RollingUpdate",
        rollingUpdate: { maxUnavailable: 0, maxSurge },
      });
      expect(added(prepare({ deployment }))).to.include(what);
    }
  });

  it("keeps what else the Deployment says, and leaves to a workload what is its own", () => {
    const spec = specOf({ revisionHistoryLimit: 3, progressDeadlineSeconds: 77, paused: false });
    expect(spec).to.deep.include({ revisionHistoryLimit: 3, progressDeadlineSeconds: 77 });
    expect(spec).to.not.have.any.keys("replicas", "selector", "template", "paused");
  });

  it("waits as long as config says where the files do not", () => {
    expect(specOf({}, { minReadySeconds: 20 })["minReadySeconds"]).to.equal(20);
    expect(specOf({ minReadySeconds: 0 }, { minReadySeconds: 20 })["minReadySeconds"]).to.equal(20);
    expect(specOf({ minReadySeconds: 3 }, { minReadySeconds: 20 })["minReadySeconds"]).to.equal(3);
  });

  it("is refused where nobody would serve, with the place and what to write", () => {
    const refusalsOf = (deployment: object, needs = {}) =>
      told(prepare({ deployment }, needs).refusals).join();
    expect(refusalsOf({ strategy: { type: "Recreate" } })).to.match(
      /^spec\.strategy\.type: Deployment\/shop has the strategy Recreate.*Take it out/,
    );
    expect(refusalsOf({ paused: true })).to.match(/^spec\.paused: .*is paused/);
    expect(refusalsOf({ replicas: 0 })).to.match(/^spec\.replicas: .*0 replicas.*zero-downtime:replicas/);
    expect(refusalsOf({ replicas: 0 }, { replicas: 4 })).to.equal("");
  });

  it("has as many pods as are written, and one where nothing is", () => {
    expect(prepare().objects.web.replicas).to.equal(3);
    expect(prepare({ deployment: { replicas: undefined } }).objects.web.replicas).to.equal(1);
  });
});
