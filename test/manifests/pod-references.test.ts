import { expect } from "chai";
import { valueAt } from "../../manifests/kube-object.ts";
import { podReferences, selects } from "../../manifests/pod-references.ts";

const template = {
  metadata: { labels: { app: "shop" } },
  spec: {
    initContainers: [
      {
        name: "wait",
        envFrom: [{ secretRef: { name: "queue" } }, { prefix: "A_", configMapRef: { name: "common" } }],
      },
    ],
    containers: [
      {
        name: "shop",
        env: [
          { name: "LEVEL", value: "info" },
          {
            name: "COLOURS",
            valueFrom: { configMapKeyRef: { name: "palette", key: "all", optional: true } },
          },
          { name: "TOKEN", valueFrom: { secretKeyRef: { name: "tokens", key: "mail" } } },
          { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        ],
      },
    ],
    volumes: [
      { name: "scratch", emptyDir: {} },
      { name: "files", configMap: { name: "settings" } },
      { name: "certificate", secret: { secretName: "tls", optional: true } },
      {
        name: "all",
        projected: {
          sources: [
            { serviceAccountToken: { path: "token" } },
            { configMap: { name: "one" } },
            { secret: { name: "two" } },
          ],
        },
      },
      { name: "share", csi: { driver: "smb.csi.k8s.io", nodePublishSecretRef: { name: "smb" } } },
      { name: "photos", persistentVolumeClaim: { claimName: "photos" } },
    ],
    imagePullSecrets: [{ name: "registry" }],
  },
};

describe("references of a pod template", () => {
  it("are found in variables, volumes and for pulling images, of init containers too", () => {
    const found = podReferences(template).map(({ kind, name, use }) => `${use}: ${kind}/${name}`);
    expect(found).to.deep.equal([
      "variables: Secret/queue",
      "variables: ConfigMap/common",
      "variables: ConfigMap/palette",
      "variables: Secret/tokens",
      "files: ConfigMap/settings",
      "files: Secret/tls",
      "files: ConfigMap/one",
      "files: Secret/two",
      "storage: Secret/smb",
      "images: Secret/registry",
    ]);
  });

  it("say where the name stands, and whether a pod starts without it", () => {
    for (const { name, path } of podReferences(template)) expect(valueAt(template, path)).to.equal(name);
    const optional = podReferences(template).filter((one) => one.optional);
    expect(optional.map(({ name }) => name)).to.deep.equal(["palette", "tls"]);
  });

  it("are none in a template without any, or with parts of other types than they should be", () => {
    expect(podReferences({})).to.deep.equal([]);
    expect(
      podReferences({ spec: { containers: "none", volumes: [null, 1, { configMap: { name: 7 } }] } }),
    ).to.deep.equal([]);
  });
});

describe("a selector", () => {
  it("finds pods that have all its labels, whatever others they have", () => {
    expect(selects({ app: "shop" }, { app: "shop", tier: "web" })).to.equal(true);
    expect(selects({ app: "shop", tier: "web" }, { app: "shop" })).to.equal(false);
    expect(selects({ app: "shop" }, undefined)).to.equal(false);
  });

  it("that asks for nothing finds nothing", () => {
    expect(selects({}, { app: "shop" })).to.equal(false);
    expect(selects(undefined, { app: "shop" })).to.equal(false);
  });
});
