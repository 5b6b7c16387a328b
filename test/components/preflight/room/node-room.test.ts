import { expect } from "chai";
import { node, nodeFindings, withPod } from "../../../../components/preflight/room/node-room.ts";
import { podShape } from "../../../../components/preflight/room/pod-resources.ts";

const MEMORY = { requests: { memory: "1Gi" } };

/** With room for three pods of a gibibyte, unless told otherwise. */
const nodeWith = (spec: object = {}, more: { ready?: string; labels?: object; pods?: string } = {}) =>
  node.parse({
    metadata: { name: "a", labels: more.labels ?? {} },
    spec,
    status: {
      allocatable: { cpu: "4", memory: "3.5Gi", pods: more.pods ?? "110" },
      conditions: [{ type: "Ready", status: more.ready ?? "True" }],
    },
  });

/** @returns for how many of ten pods there is room */
function room(nodes: readonly ReturnType<typeof nodeWith>[], spec: object = {}, taken: number = 0): number {
  const template = { spec: { containers: [{ name: "app", resources: MEMORY }], ...spec } };
  const requested = new Map<string, Readonly<Record<string, number>>>();
  for (let at = 0; at < taken; at += 1) withPod(requested, "a", podShape.parse(template));
  const planned = { title: "Deployment/shop-green", count: 10, deployment: null, template };
  const newPods = [{ pods: planned, missing: 10, shape: podShape.parse(template) }];
  const [found] = nodeFindings({ nodes, requested }, newPods);
  return Number(/room for (\d+) of the 10 pods/.exec(found?.text ?? "")?.[1]);
}

describe("room on nodes", () => {
  it("is what the pods there leave of it, whole pods on each", () => {
    expect(room([nodeWith()])).to.equal(3);
    expect(room([nodeWith()], {}, 2)).to.equal(1);
    expect(room([nodeWith()], {}, 9)).to.equal(0);
    expect(room([nodeWith({}, { pods: "2" })], {}, 1)).to.equal(1);
  });

  it("is told of only where it is too small", () => {
    const nodes = [nodeWith(), nodeWith(), nodeWith(), nodeWith()];
    expect(room(nodes)).to.be.NaN;
  });

  it("is none on nodes that are closed, not ready, or of another kind", () => {
    expect(room([nodeWith({ unschedulable: true })])).to.equal(0);
    expect(room([nodeWith({}, { ready: "Unknown" })])).to.equal(0);
    expect(room([nodeWith()], { nodeSelector: { disk: "ssd" } })).to.equal(0);
    expect(room([nodeWith({}, { labels: { disk: "ssd" } })], { nodeSelector: { disk: "ssd" } })).to.equal(3);
  });

  it("is only there behind a taint for pods that tolerate it", () => {
    const tainted = [nodeWith({ taints: [{ key: "team", value: "a", effect: "NoSchedule" }] })];
    expect(room(tainted)).to.equal(0);
    for (const toleration of [
      { key: "team", value: "a" },
      { key: "team", operator: "Exists", effect: "NoSchedule" },
      { operator: "Exists" },
    ])
      expect(room(tainted, { tolerations: [toleration] })).to.equal(3);
    for (const toleration of [
      { key: "team", value: "b" },
      { key: "other", operator: "Exists" },
      { key: "team", operator: "Exists", effect: "NoExecute" },
    ])
      expect(room(tainted, { tolerations: [toleration] })).to.equal(0);
    expect(room([nodeWith({ taints: [{ key: "slow", effect: "PreferNoSchedule" }] })])).to.equal(3);
  });
});
