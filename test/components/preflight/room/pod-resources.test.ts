import { expect } from "chai";
import { podResources, podShape } from "../../../../components/preflight/room/pod-resources.ts";

const MEBI = 2 ** 20;

const takes = (cpu: string | undefined, more: object = {}) => ({
  name: "c",
  ...(cpu === undefined ? {} : { resources: { requests: { cpu } } }),
  ...more,
});
const cpuOf = (spec: object) => podResources(podShape.parse({ spec })).requests["cpu"];

describe("what a pod takes", () => {
  it("is what its containers take together", () => {
    expect(cpuOf({ containers: [takes("1"), takes("500m"), takes(undefined)] })).to.equal(1.5);
    expect(podResources({ spec: { containers: [{ name: "c" }] } })).to.deep.equal({
      requests: {},
      limits: {},
    });
  });

  it("is an init container's where that takes more, as it runs alone", () => {
    expect(cpuOf({ containers: [takes("1")], initContainers: [takes("3"), takes("2")] })).to.equal(3);
    expect(cpuOf({ containers: [takes("4")], initContainers: [takes("3")] })).to.equal(4);
  });

  it("has a native sidecar run beside the init containers after it, and beside the others", () => {
    const sidecar = takes("1", { restartPolicy: "Always" });
    expect(cpuOf({ containers: [takes("2")], initContainers: [sidecar] })).to.equal(3);
    expect(cpuOf({ containers: [takes("1")], initContainers: [sidecar, takes("3")] })).to.equal(4);
    expect(cpuOf({ containers: [takes("1")], initContainers: [takes("3"), sidecar] })).to.equal(3);
  });

  it("requests what it is limited to where it says no more, and gets its runtime's overhead on top", () => {
    const limited = { name: "c", resources: { limits: { memory: "64Mi" } } };
    expect(
      podResources({ spec: { containers: [limited], overhead: { memory: "16Mi", cpu: "250m" } } }),
    ).to.deep.equal({
      requests: { memory: 80 * MEBI, cpu: 0.25 },
      limits: { memory: 80 * MEBI },
    });
  });
});
