import { expect } from "chai";
import * as fc from "fast-check";
import { changesBetween } from "../../../manifests/compare/changes-between.ts";
import {
  configMap,
  ENVIRONMENT,
  IMAGE,
  NEEDS,
  prepare,
  secretWith,
  textOf,
  type Files,
} from "../prepare/shop.ts";
import type { PrepareNeeds } from "../../../manifests/prepare/prepare-version.ts";
import { canonical, type Json } from "../../../release/release.ts";

const between = (before: Files, after: Files, needs: Partial<PrepareNeeds> = {}) =>
  changesBetween(prepare(before).objects, prepare(after, needs).objects, "shop");

/** The changes of the one object that changed. */
const changesOf = (before: Files, after: Files): readonly string[] => {
  const [first, ...others] = between(before, after);
  expect(others).to.deep.equal([]);
  return first?.changes ?? [];
};

const env = (...variables: object[]): Files => ({ container: { env: variables } });
const map = (data: object, metadata: object = {}) => configMap("settings", data, metadata);
const secret = (fields: object) => secretWith("login", fields);

describe("what differs between two versions", () => {
  it("is nothing between those of the same files, even for the other colour, version and login", () => {
    const slot = { ...NEEDS.slot, colour: "blue", version: "3.0.0" } as const;
    expect(between({}, {}, { slot })).to.deep.equal([]);
    const ofBlue = ENVIRONMENT.map((one) => JSON.parse(textOf(one).replace("green", "blue")) as typeof one);
    const [before, after] = [
      prepare({}, { environment: ENVIRONMENT }).objects,
      prepare({}, { slot, environment: ofBlue }).objects,
    ];
    expect(changesBetween(before, after, "shop")).to.deep.equal([]);
  });

  it("is the image, by the beginning of its digest", () => {
    const slot = { ...NEEDS.slot, image: IMAGE.replace("aaa", "bbb") };
    expect(between({}, {}, { slot })).to.deep.equal([
      {
        title: "Deployment/shop",
        changes: [
          'container web: image "registry.example.com/team/shop@sha256:aaaaaaaaaaaa…" → ' +
            '"registry.example.com/team/shop@sha256:bbbaaaaaaaaa…"',
        ],
      },
    ]);
  });

  it("is told of variables by their names, with what they were and are", () => {
    const [level, url] = [
      { name: "LEVEL", value: "info" },
      { name: "URL", valueFrom: { secretKeyRef: { name: "login", key: "url" } } },
    ];
    const changed = (before: object[], after: object[]) => changesOf(env(...before), env(...after));
    expect(changed([level], [{ ...level, value: "debug" }])).to.deep.equal([
      'container web: variable LEVEL "info" → "debug"',
    ]);
    expect(changed([level], [level, url])).to.deep.equal([
      "container web: variable URL added: key url of Secret login",
    ]);
    expect(changed([url, level], [level])).to.deep.equal(["container web: variable URL removed"]);
    expect(changed([url], [{ name: "URL", value: "http://b" }])).to.deep.equal([
      'container web: variable URL key url of Secret login → "http://b"',
    ]);
    expect(changed([level, url], [url, level])).to.deep.equal(["container web: variables in another order"]);
  });

  it("is told of containers that come and go, and of their fields by their paths", () => {
    const logs = { name: "logs", image: "logs:1" };
    const waits = { initContainers: [{ name: "wait", image: "wait:1", command: ["a"] }] };
    expect(changesOf({}, { sidecars: [logs] })).to.deep.equal(['container logs added: "logs:1"']);
    expect(changesOf({ sidecars: [logs] }, {})).to.deep.equal(["container logs removed"]);
    expect(
      changesOf(waits, { initContainers: [{ name: "wait", image: "wait:1", command: ["a", "b"] }] }),
    ).to.deep.equal(['init container wait: command ["a"] → ["a","b"]']);
    const probe = (path: string) => ({ container: { readinessProbe: { httpGet: { path, port: "http" } } } });
    expect(changesOf(probe("/a"), probe("/b"))).to.deep.equal([
      'container web: readinessProbe.httpGet.path "/a" → "/b"',
    ]);
    const ports = (...numbers: number[]) => ({
      container: { ports: numbers.map((containerPort) => ({ containerPort })) },
      service: { ports: [{ port: 80, targetPort: 1 }] },
    });
    expect(changesOf(ports(1, 2), ports(3, 1, 2))).to.deep.equal([
      'container web: ports[:3] added: {"containerPort":3}',
    ]);
  });

  it("is told of the pods and their Deployment by their paths", () => {
    expect(changesOf({}, { pod: { serviceAccountName: "shop" } })).to.deep.equal([
      'pods: serviceAccountName added: "shop"',
    ]);
    expect(changesOf({}, { deployment: { replicas: 5, revisionHistoryLimit: 4 } })).to.deep.equal([
      "replicas 3 → 5",
      "revisionHistoryLimit added: 4",
    ]);
    const annotations = { "mesh.example.com/inject": "no" };
    expect(changesOf({}, { metadata: { labels: { app: "shop" }, annotations } })).to.deep.equal([
      'pods: annotations added: {"mesh.example.com/inject":"no"}',
    ]);
  });

  it("is told of ConfigMaps by their keys, under the names that the files have", () => {
    const files = (data: object): Files => ({
      container: { envFrom: [{ configMapRef: { name: "settings" } }] },
      versioned: [map(data)],
    });
    expect(between(files({ A: "1", B: "x\ny", C: "1" }), files({ A: "2", B: "x\nz", D: "1" }))).to.deep.equal(
      [
        {
          title: "ConfigMap/settings",
          changes: ['key A "1" → "2"', "key B changed", "key C removed", "key D added"],
        },
      ],
    );
  });

  it("is told of Secrets by their keys alone, in whichever way they are written", () => {
    const files = (fields: object): Files => ({ versioned: [secret(fields)], shared: [secret(fields)] });
    const changes = ["key a changed", "key b removed", "key c added"];
    expect(
      between(
        files({ stringData: { a: "planted-1", b: "planted-2", same: "s" } }),
        files({ data: { a: "cGxhbnRlZC0z", c: "cGxhbnRlZC00", same: "cw==" } }),
      ),
    ).to.deep.equal([
      { title: "Secret/login", changes },
      { title: "Secret/login", changes },
    ]);
  });

  it("is told of entrances, budgets and shared objects, and of objects that come and go", () => {
    const claim = (storage: string) => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "files" },
      spec: { resources: { requests: { storage } } },
    });
    const before: Files = { shared: [claim("1Gi"), map({})], serviceMetadata: { annotations: { lb: "a" } } };
    const after: Files = {
      shared: [claim("2Gi"), secret({})],
      serviceMetadata: { annotations: { lb: "b" } },
      service: { type: "NodePort" },
      budgets: [
        {
          apiVersion: "policy/v1",
          kind: "PodDisruptionBudget",
          metadata: { name: "shop" },
          spec: { minAvailable: 1, selector: {} },
        },
      ],
    };
    expect(between(before, after)).to.deep.equal([
      { title: "PersistentVolumeClaim/files", changes: ['spec.resources.requests.storage "1Gi" → "2Gi"'] },
      { title: "ConfigMap/settings", changes: ["no longer in the files"] },
      { title: "Secret/login", changes: ["new"] },
      {
        title: "Service/shop",
        changes: ['metadata.annotations.lb "a" → "b"', 'spec.type added: "NodePort"'],
      },
      {
        title: "PodDisruptionBudget/shop",
        changes: ["spec.maxUnavailable removed", "spec.minAvailable added: 1"],
      },
    ]);
  });

  it("shows no value under a name that sounds confidential, and no password within a URL", () => {
    const planted = (value: string): Files => ({
      container: {
        env: [
          { name: "SMTP_PASSWORD", value },
          { name: "DSN", value: `postgres://shop:${value}@db/shop` },
        ],
        livenessProbe: { httpGet: { path: "/", port: 1, httpHeaders: [{ name: "Authorization", value }] } },
      },
      metadata: { annotations: { "vault.example.com/token": value } },
      versioned: [map({ API_KEY: value, URL: `amqp://u:${value}@q` })],
    });
    for (const [before, after] of [
      [planted("planted-1"), planted("planted-2")],
      [{}, planted("planted-2")],
      [planted("planted-1"), {}],
    ] as const) {
      const changes = between(before, after);
      expect(changes).to.not.deep.equal([]);
      expect(textOf(changes)).to.not.include("planted");
    }
  });

  it("is shown at no great length, however much it is", () => {
    const long = (letter: string) => env({ name: "TEXT", value: letter.repeat(9999) });
    for (const change of changesOf(long("a"), long("b"))) expect(change.length).to.be.below(200);
  });

  it("is something wherever anything differs, and nothing otherwise", () => {
    const text = fc.stringMatching(/^[ab]{0,2}$/);
    const files = fc.record({
      container: fc.record({
        env: fc.uniqueArray(fc.record({ name: fc.constantFrom("A", "B"), value: text }), {
          selector: ({ name }) => name,
        }),
        args: fc.array(text, { maxLength: 2 }),
      }),
      pod: fc.dictionary(fc.constantFrom("hostname", "runtimeClassName"), text),
      versioned: fc.dictionary(fc.constantFrom("a", "b"), text).map((data) => [map(data)]),
    });
    fc.assert(
      fc.property(files, files, (before, after) => {
        const same = canonical(before as unknown as Json) === canonical(after as unknown as Json);
        expect(between(before, after).length === 0).to.equal(same);
      }),
    );
  });
});
