import { expect } from "chai";
import * as fc from "fast-check";
import { prepareVersion } from "../../../manifests/prepare/prepare-version.ts";
import { keyedDigest } from "../../../protocol/state/colour-record.ts";
import { asJson } from "../../../release/release.ts";
import {
  added,
  applicationOf,
  containerOf,
  ENVIRONMENT,
  NEEDS,
  prepare,
  textOf,
  told,
  type Files,
} from "./shop.ts";

const digestOf = (files: Files, needs = {}) => keyedDigest("key", asJson(prepare(files, needs).objects));

const secret = (data: object, name = "login") => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name },
  ...data,
});
const map = (data: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", ...metadata },
  data,
});

const FILES: Files = {
  container: {
    env: [{ name: "LEVEL", value: "info" }],
    envFrom: [{ configMapRef: { name: "settings" } }, { secretRef: { name: "login" } }],
    readinessProbe: { exec: { command: ["true"] } },
  },
  sidecars: [{ name: "logs", image: "logs:1" }],
  metadata: { labels: { app: "shop", tier: "web" }, annotations: { mesh: "on" } },
  versioned: [map({ A: "1" }), secret({ stringData: { TOKEN: "t" } })],
  shared: [secret({ stringData: { KEY: "k" } }, "shared")],
};

/** The files with the application's container changed. */
const withContainer = (more: object): Files => ({ ...FILES, container: { ...FILES.container, ...more } });

/** What a pod sees of a change. */
const SEEN: Readonly<Record<string, Files>> = {
  "a variable": withContainer({ env: [{ name: "LEVEL", value: "debug" }] }),
  "the order of variables": withContainer({
    env: [
      { name: "B", value: "$(LEVEL)" },
      { name: "LEVEL", value: "info" },
    ],
  }),
  "a command": withContainer({ command: ["serve"] }),
  "a probe": withContainer({ readinessProbe: { tcpSocket: { port: 3000 } } }),
  "a sidecar's image": { ...FILES, sidecars: [{ name: "logs", image: "logs:2" }] },
  "a label of the pods": { ...FILES, metadata: { ...FILES.metadata, labels: { app: "shop", tier: "b" } } },
  "an annotation of the pods": { ...FILES, metadata: { ...FILES.metadata, annotations: { mesh: "off" } } },
  "a value of a ConfigMap": { ...FILES, versioned: [map({ A: "2" }), ...(FILES.versioned ?? []).slice(1)] },
  "a value of a Secret": {
    ...FILES,
    versioned: [...(FILES.versioned ?? []).slice(0, 1), secret({ stringData: { TOKEN: "u" } })],
  },
  "a service account": { ...FILES, pod: { serviceAccountName: "shop" } },
};

/** What changes in the files, and for no pod. */
const UNSEEN: Readonly<Record<string, Files>> = {
  "the tag of the application's image": withContainer({ image: "shop:other" }),
  "labels and annotations of the Deployment itself": {
    ...FILES,
    deploymentMetadata: { labels: { team: "a" }, annotations: { owner: "b" } },
  },
  "labels of a ConfigMap": {
    ...FILES,
    versioned: [
      map({ A: "1" }, { labels: { "helm.sh/chart": "shop-2" } }),
      ...(FILES.versioned ?? []).slice(1),
    ],
  },
};

describe("a version that is prepared from files", () => {
  it("is the same each time, and leaves the files as they are", () => {
    const text = fc.stringMatching(/^[a-z$()]{0,9}$/);
    const env = fc.uniqueArray(fc.record({ name: fc.constantFrom("A", "B", "PGHOST", "URL"), value: text }), {
      selector: ({ name }) => name,
    });
    const files = fc.record({ env, data: fc.dictionary(text, text), count: fc.nat(3) });
    fc.assert(
      fc.property(files, fc.boolean(), ({ env: written, data, count }, hasDatabase) => {
        const application = applicationOf({
          container: { env: written },
          sidecars: Array.from({ length: count }, (_, at) => ({
            name: `s${at}`,
            image: "shop:1",
            env: written,
          })),
          versioned: [map(data)],
        });
        const before = textOf(application);
        const needs = { ...NEEDS, environment: hasDatabase ? ENVIRONMENT : null };
        expect(prepareVersion(application, needs)).to.deep.equal(prepareVersion(application, needs));
        expect(textOf(application)).to.equal(before);
      }),
    );
  });

  for (const [what, files] of Object.entries(SEEN))
    it(`is another one with ${what} changed`, () => {
      expect(digestOf(files)).to.not.equal(digestOf(FILES));
    });

  for (const [what, files] of Object.entries(UNSEEN))
    it(`is the same with ${what} changed`, () => {
      expect(digestOf(files)).to.equal(digestOf(FILES));
    });

  it("is another one for another version, image, colour or login", () => {
    const of = (slot: object) => digestOf(FILES, { slot: { ...NEEDS.slot, ...slot } });
    const digests = [
      digestOf(FILES),
      of({ version: "3.0.0" }),
      of({ image: "other@sha256:1" }),
      of({ colour: "blue" }),
      digestOf(FILES, { environment: ENVIRONMENT }),
    ];
    expect(new Set(digests).size).to.equal(digests.length);
  });

  it("has what is in a Secret in its Secrets alone, and in nothing that people are told", () => {
    const planted = "planted-0451";
    const encoded = Buffer.from(planted).toString("base64");
    for (const fields of [
      { stringData: { PGUSER: planted } },
      { data: { PGPASSWORD: encoded } },
      { stringData: { "settings.yaml": `token: ${planted}` } },
    ])
      for (const place of ["versioned", "shared"] as const) {
        const files = {
          container: { envFrom: [{ secretRef: { name: "login" } }] },
          [place]: [secret(fields)],
        };
        const version = prepare(files, { environment: ENVIRONMENT });
        const { versioned, shared, ...rest } = version.objects;
        const elsewhere = textOf([rest, version.added, version.refusals, version.notes]);
        expect(elsewhere).to.not.include(planted);
        expect(elsewhere).to.not.include(encoded);
        expect(textOf([versioned, shared])).to.match(new RegExp(`${planted}|${encoded}`));
      }
  });

  it("keeps all that the pods have, and gives them the label by which they are found", () => {
    const { template, selector, labels, annotations } = prepare(FILES).objects.web;
    expect(selector).to.deep.equal({ "zero-downtime/app": "shop" });
    expect(template.metadata).to.deep.equal({
      labels: { app: "shop", tier: "web", "zero-downtime/app": "shop" },
      annotations: { mesh: "on" },
    });
    expect([labels, annotations]).to.deep.equal([{}, {}]);
    const container = containerOf(prepare(FILES));
    expect(container["readinessProbe"]).to.deep.equal({ exec: { command: ["true"] } });
    expect(container["ports"]).to.deep.equal([{ name: "http", containerPort: 3000 }]);
  });

  it("says which annotations its Deployments do not get, but for those of tools that track their own", () => {
    const annotations = { "meta.helm.sh/release-name": "shop", "reloader.example.com/auto": "true" };
    const { notes } = prepare({ deploymentMetadata: { annotations } });
    expect(told(notes)).to.deep.equal([
      "metadata.annotations: Deployment/shop has annotations that the Deployments of the colours do not " +
        "get: reloader.example.com/auto. What the pods need belongs in spec.template.metadata.annotations",
    ]);
    expect(prepare().notes).to.deep.equal([]);
  });

  it("has the user's budgets for its own pods alone, and ours only where there is none", () => {
    const ours = prepare();
    const selector = { matchLabels: { "zero-downtime/app": "shop" } };
    expect(ours.objects.budgets).to.deep.equal([{ name: "shop", spec: { maxUnavailable: 1, selector } }]);
    expect(added(ours)).to.include("PodDisruptionBudget/shop: maxUnavailable 1");
    const budget = {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "web" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "shop" } } },
    };
    const users = prepare({ budgets: [budget] });
    expect(users.objects.budgets).to.deep.equal([
      {
        name: "web",
        spec: { minAvailable: 1, selector: { matchLabels: { app: "shop", "zero-downtime/app": "shop" } } },
      },
    ]);
    expect(added(users).join()).to.not.include("PodDisruptionBudget");
  });

  it("has the shared objects as they are, in the namespace of the release", () => {
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "files", labels: { team: "a" } },
      spec: { accessModes: ["ReadWriteMany"] },
    };
    expect(prepare({ shared: [claim] }).objects.shared).to.deep.equal([
      { ...claim, metadata: { ...claim.metadata, namespace: "live" } },
    ]);
  });

  it("is never one without the version's image, or without a way in", () => {
    const application = applicationOf();
    const needed = (other: object) => () => prepareVersion({ ...application, ...other }, NEEDS);
    expect(needed({ container: "wbe" })).to.throw(RangeError, /Deployment\/shop as it has no container wbe/);
    expect(needed({ services: [] })).to.throw(RangeError, /no Service with a port/);
  });

  it("gives no namespace to what belongs in none", () => {
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "shop" },
    };
    expect(prepare({ shared: [role] }).objects.shared).to.deep.equal([role]);
  });

  it("warns of a secret in clear, without showing it", () => {
    const env = [
      { name: "LEVEL", value: "info" },
      { name: "MAIL_TOKEN", value: "planted-0451" },
    ];
    const version = prepare({ container: { env } });
    expect(told(version.notes)).to.deep.equal([
      "spec.template.spec.containers.0.env.1: Deployment/shop has what looks like a secret in clear, in variable " +
        "MAIL_TOKEN of container web: everybody who may read Deployments sees it. Put it into a Secret, and in " +
        "place of value write valueFrom: { secretKeyRef: { name: shop, key: MAIL_TOKEN } }",
    ]);
    expect(version.refusals).to.deep.equal([]);
  });

  it("tells of everything that was added why that is", () => {
    const { added: all } = prepare(FILES, { environment: ENVIRONMENT });
    expect(all.map(({ what }) => what)).to.deep.equal([
      "label zero-downtime/app: shop",
      "container web: the version's image",
      "container web: ZERO_DOWNTIME_COLOUR, ZERO_DOWNTIME_VERSION",
      "container web: PGHOST, PGPORT, PGDATABASE, PGSSLMODE, PGUSER, PGPASSWORD",
      "container web: preStop sleep 5 s",
      "container logs: preStop sleep 5 s",
      "grace period 35 s in place of 30 s",
      "topology spread over nodes, where they have room",
      "maxUnavailable 0, maxSurge 1",
      "minReadySeconds 1",
      ...prepare(FILES).objects.versioned.map(
        ({ kind, metadata }) => `${kind}/${metadata.name.slice(0, -9)}: as ${metadata.name}, immutable`,
      ),
      "PodDisruptionBudget/shop: maxUnavailable 1",
    ]);
    for (const { why } of all) expect(why).to.match(/^[a-z].{10,}[^.]$/);
  });

  it("names the Secrets with which its images are pulled", () => {
    const pod = { imagePullSecrets: [{ name: "registry" }] };
    expect(prepare({ pod }).objects.web.imagePullSecrets).to.deep.equal(["registry"]);
    expect(prepare().objects.web.imagePullSecrets).to.deep.equal([]);
  });
});
