import { expect } from "chai";
import { appLabels, guardLabels, ofWorkload, podSelectors, workloadLabelled } from "../../protocol/labels.ts";
import { WORKLOADS } from "../../release/workload.ts";

describe("labels", () => {
  for (const workload of WORKLOADS)
    it(`tell that a pod of ${workload} is its`, () => {
      const labels = { ...appLabels("shop"), ...ofWorkload({ app: "shop" }, workload) };
      expect(workloadLabelled(labels)).to.equal(workload);
    });

  it("give the guard's pod to no workload", () => {
    expect(workloadLabelled({ ...appLabels("shop"), ...guardLabels("shop") })).to.equal(undefined);
  });

  it("find every pod of a release, and those from before it had manifests, or had none", () => {
    expect(podSelectors("shop", "simple")).to.deep.equal([
      "app.kubernetes.io/name=shop",
      "zero-downtime/app=shop,zero-downtime/workload",
    ]);
    expect(podSelectors("shop", "manifests")).to.deep.equal([
      "zero-downtime/app=shop",
      "app.kubernetes.io/name=shop,zero-downtime/workload",
    ]);
  });
});
