import { expect } from "chai";
import { appLabels, guardLabels, workloadLabelled, workloadLabels } from "../../protocol/labels.ts";
import { WORKLOADS } from "../../release/workload.ts";

describe("labels", () => {
  for (const workload of WORKLOADS)
    it(`tell that a pod of ${workload} is its`, () => {
      const labels = { ...appLabels("shop"), ...workloadLabels("shop", workload) };
      expect(workloadLabelled(labels)).to.equal(workload);
    });

  it("give the guard's pod to no workload", () => {
    expect(workloadLabelled({ ...appLabels("shop"), ...guardLabels("shop") })).to.equal(undefined);
  });
});
