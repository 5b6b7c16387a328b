import { expect } from "chai";
import {
  fieldManagerOf,
  hasCreateManager,
  takeOver,
  withIgnored,
} from "../../../../local/plugins/kubernetes/objects/field-managers.ts";
import type { Properties } from "../../../../local/plugins/protocol/values.ts";

const managed = (...managedFields: Properties[]): Properties => ({
  metadata: { name: "book", managedFields },
  spec: { replicas: 3 },
});
const entry = (manager: string, operation: string, fieldsV1: Properties): Properties => ({
  manager,
  operation,
  apiVersion: "v1",
  fieldsV1,
});

describe("field managers", () => {
  it("are named by the annotation, else by the state, else at random", () => {
    const annotated = { metadata: { annotations: { "pulumi.com/patchFieldManager": "shop" } } };
    expect(fieldManagerOf({ __fieldManager: "recorded" }, annotated)).to.equal("shop");
    expect(fieldManagerOf({ __fieldManager: "recorded" }, {})).to.equal("recorded");
    expect(fieldManagerOf({}, {})).to.match(/^pulumi-kubernetes-[0-9a-f]{8}$/);
  });

  it("take over the fields of a plain create under the name that applies", () => {
    const live = managed(entry("pulumi-kubernetes", "Update", { "f:data": { "f:a": {} } }));
    expect(takeOver(live, "shop")).to.deep.equal([entry("shop", "Apply", { "f:data": { "f:a": {} } })]);
    expect(hasCreateManager(live)).to.equal(true);
  });

  it("take over what kubectl wrote, and join it with their own fields", () => {
    const live = managed(
      entry("shop", "Apply", { "f:data": { "f:a": {} } }),
      entry("kubectl-patch", "Update", { "f:data": { "f:b": {} } }),
      entry("guard", "Apply", { "f:spec": {} }),
    );
    expect(takeOver(live, "shop")).to.deep.equal([
      entry("guard", "Apply", { "f:spec": {} }),
      entry("shop", "Apply", { "f:data": { "f:a": {}, "f:b": {} } }),
    ]);
  });

  it("leave the status and other managers alone", () => {
    const live = managed(
      { ...entry("kubectl", "Update", {}), subresource: "status" },
      entry("guard", "Apply", { "f:spec": {} }),
    );
    expect(takeOver(live, "shop")).to.equal(undefined);
  });

  it("leave an ignored field to others who manage it, and keep its live value otherwise", () => {
    const inputs = { spec: { replicas: 1, paused: true } };
    const scaled = managed(entry("autoscaler", "Update", { "f:spec": { "f:replicas": {} } }));
    expect(withIgnored(inputs, scaled, "shop", ["spec.replicas"])).to.deep.equal({ spec: { paused: true } });
    const ours = managed(entry("shop", "Apply", { "f:spec": { "f:replicas": {} } }));
    expect(withIgnored(inputs, ours, "shop", ["spec.replicas"])).to.deep.equal({
      spec: { replicas: 3, paused: true },
    });
  });
});
