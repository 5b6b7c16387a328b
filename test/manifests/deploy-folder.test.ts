import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { V1DeploymentSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import { describeFinding } from "../../manifests/kube-object.ts";
import { readManifests } from "../../manifests/read/read-manifests.ts";
import { DeployFolder, type Shape } from "../support/manifests/deploy-folder.ts";
import { CONTAINER } from "../support/manifests/noticeboard.ts";

const TARGET = {
  registry: "127.0.0.1:5000",
  nodeImage: "127.0.0.1:5000/node@sha256:0",
  gateway: { name: "edge", namespace: "infra", clusterUrl: "http://edge", publicUrl: "http://edge" },
};

/** As journeys lay them out. */
const APPLICATIONS: readonly (readonly Shape[])[] = [
  ["noticeboard", "by-service"],
  ["noticeboard", "by-gateway"],
  ["addresses"],
  ["chart"],
];

describe("a folder of manifests in a journey", () => {
  const folder = new DeployFolder();
  afterEach(() => folder.forget());

  for (const shapes of APPLICATIONS) {
    it(`is read as it is, and names nothing of an example: ${shapes.join(", ")}`, async () => {
      folder.layOut(shapes, TARGET, "board.test");
      const text = files()
        .map((file) => readFileSync(file, "utf8"))
        .join("---\n");
      expect(text).to.not.match(/example\.com\b(?!\/)|gateways/);
      const { objects, refusals, notes } = await readManifests(folder.path, { project: process.cwd() });
      expect([...refusals, ...notes].map(describeFinding)).to.deep.equal([]);
      expect(objects.map(({ object }) => object.kind)).to.include.members(["Deployment", "Service"]);
      for (const { object } of objects) expect(object.metadata).to.not.have.property("namespace");
    });
  }

  it("is edited as by a hand: one field of one object, comments and all else as they were", () => {
    folder.layOut(["noticeboard"], TARGET, "board.test");
    const before = textOf("deployment.yaml");
    folder.edit("Deployment/noticeboard", ["spec", "replicas"], 3);
    expect(textOf("deployment.yaml")).to.equal(before.replace("replicas: 2", "replicas: 3"));
    folder.edit("Deployment/noticeboard", ["spec", "replicas"], 2);
    folder.edit("Service/noticeboard", ["metadata", "annotations"], { "example.com/note": "new" });
    expect(textOf("deployment.yaml")).to.equal(before);
    expect(textOf("service.yaml")).to.include("example.com/note: new");
    folder.edit("Service/noticeboard", ["metadata", "annotations"], undefined);
    expect(textOf("service.yaml")).to.not.include("annotations");
    expect(() => folder.edit("Service/other", ["spec"], {})).to.throw(
      /Cannot edit Service\/other as no file/,
    );
  });

  it("gets items at the end of a list, or a list where there was none", async () => {
    folder.layOut(["noticeboard"], TARGET, "board.test");
    const [volumes, variables] = [
      ["spec", "template", "spec", "volumes"],
      [...CONTAINER, "envFrom"],
    ];
    folder.append("Deployment/noticeboard", volumes, [{ name: "more", emptyDir: {} }]);
    folder.append("Deployment/noticeboard", variables, [{ secretRef: { name: "one" } }]);
    folder.append("Deployment/noticeboard", variables, [{ secretRef: { name: "two" } }]);
    const { objects, refusals } = await readManifests(folder.path, { project: process.cwd() });
    expect(refusals.map(describeFinding)).to.deep.equal([]);
    const deployment = objects.find(({ object }) => object.kind === "Deployment")?.object as unknown as {
      spec: V1DeploymentSpec;
    };
    const pod = deployment.spec.template.spec;
    expect(pod?.volumes?.map(({ name }) => name)).to.deep.equal(["config", "data", "more"]);
    const named = pod?.containers[0]?.envFrom?.map(({ secretRef }) => secretRef?.name);
    expect(named).to.deep.equal(["one", "two"]);
  });

  it("is another folder each time, and gone when it is forgotten", () => {
    expect(() => folder.path).to.throw("Cannot use a folder that is not laid out yet");
    folder.layOut(["chart"], TARGET, "board.test");
    const first = folder.path;
    const asBefore = folder.keep();
    folder.write("more.yaml", "kind: Secret\n");
    folder.remove("rendered.yaml");
    expect(files().map((file) => basename(file))).to.deep.equal(["more.yaml"]);
    asBefore();
    expect(files().map((file) => basename(file))).to.deep.equal(["rendered.yaml"]);
    folder.forget();
    expect(globSync(join(first, "*"))).to.deep.equal([]);
    folder.layOut(["chart"], TARGET, "board.test");
    expect(folder.path).to.not.equal(first);
  });

  const files = () => globSync(join(folder.path, "*.yaml")).sort();
  const textOf = (file: string) => readFileSync(join(folder.path, file), "utf8");
});
