import { expect } from "chai";
import type { KubeObject } from "../../manifests/kube-object.ts";
import { sharedIn } from "../../manifests/shared-objects.ts";
import { PHASES } from "../../release/phases.ts";
import { allPlaces, stable } from "../release/releases.ts";

const object = (title: string, more: object = {}): KubeObject => {
  const [apiVersion = "", kind = "", name = ""] = title.split(" ");
  return { apiVersion, kind, metadata: { name, namespace: "shop" }, ...more };
};
const titles = (objects: readonly KubeObject[]) =>
  objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`);

describe("the shared objects of a stage", () => {
  const base = stable("canary", true);
  const [kept, edited] = [object("v1 ConfigMap flags"), object("v1 ConfigMap flags", { data: { a: "b" } })];
  const [old, fresh] = [object("v1 ServiceAccount old"), object("v1 ServiceAccount new")];

  it("are the old version's until there are pods of the new one, and what only it has until the end", () => {
    for (const stage of allPlaces(base)) {
      const found = sharedIn(stage, {
        from: [kept, old],
        to: stage.phase === "stable" ? [] : [edited, fresh],
      });
      const hasNew = stage.phase !== "stable" && PHASES[stage.phase].newPods !== "none";
      expect(found, stage.phase).to.deep.equal(hasNew ? [edited, fresh, old] : [kept, old]);
    }
  });

  it("are told apart by group and namespace, and not by the version of their API", () => {
    const deploy = allPlaces(base).find(({ phase }) => phase === "deploy") ?? base;
    const from = [
      object("v1 Service web"),
      object("policy.example/v1beta1 Rule web"),
      { ...object("v1 ConfigMap web"), metadata: { name: "web", namespace: "other" } },
    ];
    const to = [
      object("serving.example/v1 Service web"),
      object("policy.example/v1 Rule web"),
      object("v1 ConfigMap web"),
    ];
    expect(titles(sharedIn(deploy, { from, to }))).to.deep.equal([
      "serving.example/v1 Service web",
      "policy.example/v1 Rule web",
      "v1 ConfigMap web",
      "v1 Service web",
      "v1 ConfigMap web",
    ]);
  });
});
