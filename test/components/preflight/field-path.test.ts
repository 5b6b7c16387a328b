import { expect } from "chai";
import { fieldPath } from "../../../components/preflight/field-path.ts";

const DEPLOYMENT = {
  metadata: { annotations: { "example.com/a.b": "c" } },
  spec: {
    template: {
      spec: {
        containers: [
          { name: "proxy", ports: [{ containerPort: 80 }] },
          {
            name: "app",
            ports: [
              { containerPort: 80, protocol: "UDP" },
              { containerPort: 80, protocol: "TCP" },
            ],
          },
        ],
        finalizers: ["a", "b"],
      },
    },
  },
};
const CONTAINERS = ["spec", "template", "spec", "containers"] as const;

describe("the path of a field that the API server names", () => {
  const path = (text: string) => fieldPath(text, DEPLOYMENT);

  it("is read as validation writes it", () => {
    expect(path("spec.template.spec.containers[1].image")).to.deep.equal([...CONTAINERS, 1, "image"]);
    expect(path("metadata.annotations[example.com/a.b]")).to.deep.equal([
      "metadata",
      "annotations",
      "example.com/a.b",
    ]);
    expect(path("spec")).to.deep.equal(["spec"]);
    expect(path("")).to.deep.equal([]);
  });

  it("is read as server-side apply writes it, by the keys of an item", () => {
    expect(path('.spec.template.spec.containers[name="app"].imag')).to.deep.equal([...CONTAINERS, 1, "imag"]);
    expect(
      path('.spec.template.spec.containers[name="app"].ports[containerPort=80,protocol="TCP"].nam'),
    ).to.deep.equal([...CONTAINERS, 1, "ports", 1, "nam"]);
    // A port without a protocol is one of TCP.
    expect(
      path('.spec.template.spec.containers[name="proxy"].ports[containerPort=80,protocol="TCP"]'),
    ).to.deep.equal([...CONTAINERS, 0, "ports", 0]);
    expect(path('.spec.template.spec.finalizers[="b"]')).to.deep.equal([
      ...CONTAINERS.slice(0, 3),
      "finalizers",
      1,
    ]);
  });

  it("ends in the key itself where no item has it", () => {
    expect(path('.spec.template.spec.containers[name="gone"].image')).to.deep.equal([
      ...CONTAINERS,
      'name="gone"',
      "image",
    ]);
  });
});
