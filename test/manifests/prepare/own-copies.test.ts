import { expect } from "chai";
import { podReferences } from "../../../manifests/pod-references.ts";
import { keyedDigest } from "../../../protocol/state/colour-record.ts";
import { configMap, prepare, secretWith, type Files } from "./shop.ts";

const map = (data: object, metadata: object = {}) => configMap("settings", data, metadata);
const secret = (fields: object) => secretWith("settings", fields);
const namesOf = (...versioned: object[]) =>
  prepare({ versioned }).objects.versioned.map(({ metadata }) => metadata.name);

const EVERYWHERE: Files = {
  container: {
    env: [
      { name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } },
      { name: "B", valueFrom: { secretKeyRef: { name: "settings", key: "b" } } },
      { name: "C", valueFrom: { secretKeyRef: { name: "other", key: "c" } } },
    ],
    envFrom: [{ configMapRef: { name: "settings" } }],
  },
  initContainers: [{ name: "wait", image: "tool", envFrom: [{ secretRef: { name: "settings" } }] }],
  pod: {
    volumes: [
      { name: "one", configMap: { name: "settings" } },
      { name: "two", secret: { secretName: "settings" } },
      { name: "three", projected: { sources: [{ configMap: { name: "settings" } }] } },
    ],
  },
};

describe("a version's own ConfigMaps and Secrets", () => {
  it("are immutable, in the release's namespace, and have none of the labels by which tools find theirs", () => {
    const labels = { "app.kubernetes.io/instance": "shop" };
    const [copy] = prepare({
      versioned: [map({ a: "1" }, { labels, annotations: { tool: "x" }, namespace: "live" })],
    }).objects.versioned;
    expect(copy).to.deep.equal({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: copy?.metadata.name, namespace: "live" },
      immutable: true,
      data: { a: "1" },
    });
    expect(copy?.metadata.name).to.match(/^settings-[0-9a-f]{8}$/);
  });

  it("are what the pods name, wherever they do, and nothing else is renamed", () => {
    const { template } = prepare({ ...EVERYWHERE, versioned: [map({ a: "1" }), secret({})] }).objects.web;
    const [ofMap, ofSecret] = namesOf(map({ a: "1" }), secret({}));
    const found = podReferences(template).map(({ kind, name }) => `${kind} ${name}`);
    expect(found.sort()).to.deep.equal(
      [
        ...[1, 2, 3, 4].map(() => `ConfigMap ${ofMap}`),
        ...[1, 2, 3].map(() => `Secret ${ofSecret}`),
        "Secret other",
      ].sort(),
    );
  });

  it("have another name with another content, of any kind that pods see", () => {
    const names = [
      ...namesOf(map({ a: "1" }), map({ a: "2" }), map({ b: "1" }), map({ a: "1", b: "" })),
      ...namesOf({ ...map({}), binaryData: { a: "1" } }, secret({ data: { a: "MQ==" } })),
      ...namesOf(secret({ type: "kubernetes.io/basic-auth", data: { a: "MQ==" } })),
    ];
    expect(new Set(names).size).to.equal(names.length);
  });

  it("keep their name where the same is written in another way", () => {
    const same = [
      namesOf(
        map({ a: "1", b: "2" }),
        map({ b: "2", a: "1" }),
        map({ a: "1", b: "2" }, { labels: { x: "y" } }),
      ),
      namesOf({ ...map({ a: "1" }), immutable: false }, map({ a: "1" })),
      namesOf(
        secret({ data: { a: "MQ==" } }),
        secret({ stringData: { a: "1" } }),
        secret({ data: { a: "bm8=" }, stringData: { a: "1" } }),
        secret({ type: "Opaque", data: { a: "MQ==" } }),
      ),
    ];
    for (const names of same) expect(new Set(names).size, names.join()).to.equal(1);
  });

  it("have a name that tells nothing of their content without the stack's key", () => {
    const nameWith = (key: string) =>
      prepare(
        { versioned: [secret({ stringData: { pin: "1234" } })] },
        { digestOf: (one) => keyedDigest(key, one) },
      ).objects.versioned[0]?.metadata.name;
    expect(nameWith("one")).to.not.equal(nameWith("other"));
    expect(nameWith("one")).to.equal(nameWith("one"));
  });
});
