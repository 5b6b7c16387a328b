import { expect } from "chai";
import { fileSource } from "../../../components/preflight/file-source.ts";
import { workloadService } from "../../../protocol/traffic/entrance.ts";
import type { KubeObject, ManifestObject } from "../../../manifests/kube-object.ts";

/** An object of the files whose sources show the path that was asked for. */
const file = (object: KubeObject): ManifestObject => ({
  object,
  sourceOf: (path) => ({ file: `${object.metadata.name}:${path.join("/")}`, line: 1 }),
});

const deployment = (
  name: string,
  containers: readonly { readonly [key: string]: string | readonly object[] }[],
) =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { template: { spec: { containers } } },
  }) as unknown as KubeObject;

const shop = file(deployment("shop", [{ name: "app", env: [{ name: "LOG" }] }, { name: "proxy" }]));

const written = deployment("shop-green", [
  { name: "proxy" },
  { name: "app", env: [{ name: "PGHOST" }, { name: "LOG" }] },
]);

const at = (files: readonly ManifestObject[], object: KubeObject, ...path: (string | number)[]) =>
  fileSource(files, object)?.(path)?.file;

const CONTAINERS = ["spec", "template", "spec", "containers"] as const;

describe("the place of a prepared object's field in the files", () => {
  it("is that of the item of the same name, wherever that stands now", () => {
    expect(at([shop], written, ...CONTAINERS, 1, "env", 1, "value")).to.equal(
      `shop:${CONTAINERS.join("/")}/0/env/0/value`,
    );
    expect(at([shop], written, ...CONTAINERS, 0)).to.equal(`shop:${CONTAINERS.join("/")}/1`);
  });

  it("is the list around an item that was added", () => {
    expect(at([shop], written, ...CONTAINERS, 1, "env", 0, "value")).to.equal(
      `shop:${CONTAINERS.join("/")}/0/env`,
    );
  });

  it("is in the object that it was made from, by its kind and the beginning of its name", () => {
    const files = [file(deployment("shop", [])), file(deployment("shop-api", [])), shop];
    expect(at(files, deployment("shop-api-blue", []), "spec")).to.equal("shop-api:spec");
    expect(at(files, deployment("shop", []), "spec")).to.equal("shop:spec");
    expect(at(files, { ...written, kind: "Service" }, "spec")).to.equal(undefined);
    expect(at(files, deployment("shopping", []), "spec")).to.equal(undefined);
    const long = `${"s".repeat(59)}-api`;
    const beside = { ...deployment(workloadService(long, "blue"), []), kind: "Service" };
    const service = file({ ...deployment(long, []), kind: "Service" });
    expect(at([shop, service], beside, "spec")).to.equal(`${long}:spec`);
  });
});
