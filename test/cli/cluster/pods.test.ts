import { expect } from "chai";
import { deploymentShape, foundPods } from "../../../cli/cluster/pods.ts";

const ours = (image: string) => ({
  name: "web",
  image,
  env: [
    { name: "PORT", value: "8080" },
    { name: "ZERO_DOWNTIME_VERSION", value: "2.0.0" },
  ],
});

const seen = (containers: readonly object[]) => {
  const deployment = {
    metadata: { name: "shop-green" },
    spec: { replicas: 2, template: { spec: { containers } } },
  };
  const { version, image } = foundPods(deploymentShape.parse(deployment), "green", ["shop:1", "shop:2"]);
  return { version, image };
};

describe("the pods of a workload, as zd sees them", () => {
  it("have the version and the image of the container that is told its version, wherever it stands", () => {
    const sidecar = { name: "proxy", image: "proxy:1", env: [{ name: "VERSION", value: "9" }] };
    const bare = { name: "logs", image: "logs:1" };
    for (const containers of [
      [ours("shop:2")],
      [sidecar, ours("shop:2")],
      [bare, sidecar, ours("shop:2"), bare],
    ])
      expect(seen(containers)).to.deep.equal({ version: "2.0.0", image: "shop:2" });
  });

  it("have the image that config names, where a sidecar is told the version too", () => {
    expect(seen([ours("proxy:1"), ours("shop:2")]).image).to.equal("shop:2");
    expect(seen([ours("shop:3"), ours("proxy:1")]).image).to.equal("shop:3");
  });

  it("have those of the first container where none is told", () => {
    expect(seen([{ name: "web", image: "shop:2" }])).to.deep.equal({ version: null, image: "shop:2" });
  });

  it("have no version where it comes from elsewhere", () => {
    const env = [{ name: "ZERO_DOWNTIME_VERSION", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }];
    expect(seen([{ name: "web", image: "shop:2", env }]).version).to.equal(null);
  });
});
