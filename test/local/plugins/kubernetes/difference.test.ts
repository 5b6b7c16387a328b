import { expect } from "chai";
import * as fc from "fast-check";
import { difference, replacements } from "../../../../local/plugins/kubernetes/objects/difference.ts";
import { forceNewPaths } from "../../../../local/plugins/kubernetes/objects/force-new.ts";
import { normalise } from "../../../../local/plugins/kubernetes/objects/normalise.ts";
import { withValue } from "../../../../local/plugins/kubernetes/objects/objects.ts";
import { prune, withEmptyInputs } from "../../../../local/plugins/kubernetes/prune.ts";
import { isSameQuantity } from "../../../../local/plugins/kubernetes/objects/quantity.ts";
import { UNKNOWN, type Properties, type Value } from "../../../../local/plugins/protocol/values.ts";

const immutable = { enableConfigMapMutable: false, enableSecretMutable: false };
const mutable = { enableConfigMapMutable: true, enableSecretMutable: true };

/** The replacements that changing one value brings. */
function replacing(object: Properties, path: string[], value: Value, settings = immutable): string[] {
  const next = withValue(object, path, value);
  const options = { forceNew: forceNewPaths(next, settings), ignore: [], ownKind: true };
  return replacements(difference(object, object, next, options));
}

const identity = (apiVersion: string, kind: string): Properties => ({
  apiVersion,
  kind,
  metadata: { name: "book", namespace: "shop" },
});
const plain = { forceNew: [], ignore: [], ownKind: true };

describe("the comparison of inputs with the recorded object", () => {
  it("finds no difference between an object and itself", () => {
    const anyObject = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Value>, {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(anyObject, (object) => {
        expect([...difference(object, object, object, plain).keys()]).to.deep.equal([]);
      }),
    );
  });

  it("replaces an object whose name or namespace changes", () => {
    const configMap = identity("v1", "ConfigMap");
    expect(replacing(configMap, ["metadata", "name"], "other")).to.deep.equal(["metadata.name"]);
    expect(replacing(configMap, ["metadata", "namespace"], "other")).to.deep.equal(["metadata.namespace"]);
    expect(replacing(configMap, ["metadata", "labels"], { a: "b" })).to.deep.equal([]);
  });

  it("replaces a Deployment for its selector only", () => {
    const spec = {
      replicas: 1,
      selector: { matchLabels: { app: "book" } },
      template: { spec: { containers: [{ image: "a" }] } },
    };
    const deployment = { ...identity("apps/v1", "Deployment"), spec };
    const containers = [{ image: "b" }];
    expect(replacing(deployment, ["spec", "selector", "matchLabels", "app"], "x")).to.have.lengthOf(1);
    expect(replacing(deployment, ["spec", "template", "spec", "containers"], containers)).to.deep.equal([]);
    expect(replacing(deployment, ["spec", "replicas"], 2)).to.deep.equal([]);
  });

  it("replaces a Job for anything in its template, updates its deadline in place", () => {
    const spec = {
      activeDeadlineSeconds: 60,
      template: { spec: { containers: [{ name: "main", image: "a" }] } },
    };
    const job = { ...identity("batch/v1", "Job"), spec };
    const containers = [{ name: "main", image: "b" }];
    expect(replacing(job, ["spec", "template", "spec", "containers"], containers)).to.deep.equal([
      "spec.template.spec.containers[0].image",
    ]);
    expect(replacing(job, ["spec", "activeDeadlineSeconds"], 90)).to.deep.equal([]);
  });

  it("updates a Service's selector in place, and replaces it for its cluster IP", () => {
    const service = {
      ...identity("v1", "Service"),
      spec: { selector: { colour: "blue" }, clusterIP: "10.0.0.1" },
    };
    expect(replacing(service, ["spec", "selector", "colour"], "green")).to.deep.equal([]);
    expect(replacing(service, ["spec", "clusterIP"], "None")).to.deep.equal(["spec.clusterIP"]);
  });

  it("replaces ConfigMaps and Secrets for their data unless they are mutable and not marked immutable", () => {
    const configMap = { ...identity("v1", "ConfigMap"), data: { a: "1" } };
    const secret = { ...identity("v1", "Secret"), type: "Opaque", data: { a: "MQ==" } };
    expect(replacing(configMap, ["data", "a"], "2")).to.deep.equal(["data.a"]);
    expect(replacing(configMap, ["data", "a"], "2", mutable)).to.deep.equal([]);
    expect(replacing({ ...configMap, immutable: true }, ["data", "a"], "2", mutable)).to.deep.equal([
      "data.a",
    ]);
    expect(replacing(secret, ["data", "a"], "Mg==")).to.deep.equal(["data.a"]);
    expect(replacing(secret, ["data", "a"], "Mg==", mutable)).to.deep.equal([]);
    expect(replacing(secret, ["type"], "other", mutable)).to.deep.equal(["type"]);
  });

  it("takes a quantity for the same however it is written, and another text for another", () => {
    const limits = (cpu: Value): Properties => ({ spec: { resources: { limits: { cpu } } } });
    expect(difference(limits("50m"), limits("0.05"), limits("0.05"), plain).size).to.equal(0);
    expect(difference(limits("50m"), limits("0.05"), limits("0.06"), plain).size).to.equal(1);
    const env = (value: string): Properties => ({ env: [{ name: "SIZE", value }] });
    expect(difference(env("1000m"), env("1000m"), env("1"), plain).size).to.equal(1);
    expect(isSameQuantity("1Gi", "1024Mi")).to.equal(true);
    expect(isSameQuantity("1G", "1Gi")).to.equal(false);
  });

  it("misses nothing for what is empty: not stored, but asked for before and again", () => {
    const inputs = { spec: { stdin: false, paused: true } };
    const live = { spec: { paused: true } };
    expect(difference(prune(live, inputs), inputs, inputs, plain).size).to.equal(0);
    const asked = { spec: { paused: true, stdin: false } };
    expect([...difference(live, live, asked, plain).keys()]).to.deep.equal(["spec.stdin"]);
    expect([...difference(live, inputs, inputs, { ...plain, ownKind: false }).keys()]).to.deep.equal([
      "spec.stdin",
    ]);
  });

  it("keeps what is empty in the inputs over a refresh", () => {
    const inputs = { spec: { stdin: false, env: [{ name: "A", value: "" }] } };
    const live = { spec: { env: [{ name: "A" }], extra: 1 } };
    expect(withEmptyInputs(prune(live, inputs), inputs)).to.deep.equal(inputs);
  });

  it("shows each changed place of a list and leaves ignored paths out", () => {
    const old = { rules: [{ weight: 100 }, { weight: 0 }], note: "a" };
    const next = { rules: [{ weight: 90 }, { weight: 10 }, { weight: 1 }], note: "b" };
    const changes = difference(old, old, next, { ...plain, ignore: ["note"] });
    expect([...changes].map(([path, { kind }]) => `${kind} ${path}`)).to.deep.equal([
      "update rules[0].weight",
      "update rules[1].weight",
      "add rules[2]",
    ]);
  });

  it("counts an unknown value as a change", () => {
    const changes = difference({ a: "1" }, { a: "1" }, { a: UNKNOWN, b: UNKNOWN }, plain);
    expect([...changes].map(([path, { kind }]) => `${kind} ${path}`)).to.deep.equal(["update a", "add b"]);
  });
});

describe("the normal form of inputs", () => {
  it("holds a Secret's texts as data", () => {
    const secret = { apiVersion: "v1", kind: "Secret", data: { a: "MQ==" }, stringData: { b: "zwei" } };
    expect(normalise(secret)).to.deep.equal({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "MQ==", b: "endlaQ==" },
    });
  });

  it("leaves a Secret alone whose texts are not known yet", () => {
    const secret = { apiVersion: "v1", kind: "Secret", stringData: { b: UNKNOWN } };
    expect(normalise(secret)).to.deep.equal(secret);
  });

  it("has no read-only metadata, and no nulls in Kubernetes' own kinds", () => {
    const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", uid: "u" }, data: null };
    expect(normalise(configMap)).to.deep.equal({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
    });
    const route = { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", spec: null };
    expect(normalise(route)).to.deep.equal(route);
  });
});
