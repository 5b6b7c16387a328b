import { expect } from "chai";
import { deployment, documents, partsOf, service, sortNotes } from "../../support/manifests/sorted-files.ts";

const config = (name: string, rest = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n${rest}`;
const secret = (name: string, rest = "") =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}}\n${rest}`;

/** The shop, whose pods take variables from ConfigMap/settings and Secret/keys. */
const withBoth = (container = "", ...others: readonly string[]) =>
  documents(
    deployment("shop", {
      container: `envFrom: [{ configMapRef: { name: settings } }, { secretRef: { name: keys } }]\n${container}`,
    }),
    service(),
    config("settings"),
    secret("keys"),
    ...others,
  );

/** Which of the two the versions have of their own. */
const own = async (container = "", ...others: readonly string[]) =>
  (await partsOf(withBoth(container, ...others))).versioned.join(" ");

const BOTH = "ConfigMap/settings Secret/keys";

describe("ConfigMaps and Secrets", () => {
  it("are each version's own where its pods alone name them, in whatever way", async () => {
    expect(await own()).to.equal(BOTH);
    const files = documents(
      deployment("shop", {
        container: "env: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: x } } }]",
        pod: [
          "volumes:",
          "  - { name: b, configMap: { name: b } }",
          "  - { name: c, secret: { secretName: c } }",
          "  - { name: d, projected: { sources: [{ configMap: { name: d } }] } }",
          "initContainers: [{ name: i, image: x, envFrom: [{ configMapRef: { name: e } }] }]",
        ].join("\n"),
      }),
      service(),
      ...["a", "c"].map((name) => secret(name)),
      ...["b", "d", "e", "unused"].map((name) => config(name)),
    );
    expect((await partsOf(files)).versioned).to.deep.equal([
      "Secret/a",
      "Secret/c",
      "ConfigMap/b",
      "ConfigMap/d",
      "ConfigMap/e",
    ]);
  });

  it("are shared where a typed reference stands elsewhere", async () => {
    const role =
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: [{apiGroups: [''], resources: [configmaps], resourceNames: [settings], verbs: [get]}]";
    expect(await own("", role)).to.equal("Secret/keys");
    const ingress =
      "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {tls: [{secretName: keys}]}";
    expect(await own("", ingress)).to.equal("ConfigMap/settings");
    const account =
      "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\nimagePullSecrets: [{name: keys}]";
    expect(await own("", account)).to.equal("ConfigMap/settings");
    const gateway =
      "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {listeners: [{tls: {certificateRefs: [{name: keys}]}}]}";
    expect(await own("", gateway)).to.equal("ConfigMap/settings");
    const certificate =
      "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c}\nspec: {secretName: keys}";
    expect(await own("", certificate)).to.equal("ConfigMap/settings");
    const middleware =
      "apiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: {name: m}\nspec: {basicAuth: {secret: keys}}";
    expect(await own("", middleware)).to.equal("ConfigMap/settings");
    const unknown = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec: {from: settings}";
    expect(await own("", unknown)).to.equal("Secret/keys");
  });

  it("are shared where pods name them that are not released, also those that are left out", async () => {
    const job =
      "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: post-install}}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: j, image: x, envFrom: [{configMapRef: {name: settings}}]}]}}}";
    expect(await own("", job)).to.equal("Secret/keys");
    const worker = deployment("worker", { container: "envFrom: [{ secretRef: { name: keys } }]" });
    const { versioned } = await partsOf(withBoth("", worker), { ignore: ["Deployment/worker"] });
    expect(versioned).to.deep.equal(["ConfigMap/settings"]);
  });

  it("are shared where images are pulled with them, as only the newest password works", async () => {
    const files = documents(
      deployment("shop", { pod: "imagePullSecrets: [{ name: registry }]" }),
      service(),
      secret("registry"),
    );
    expect((await partsOf(files)).shared).to.deep.equal(["Secret/registry"]);
  });

  it("are shared where a text names them: arguments, variables, annotations, ConfigMaps", async () => {
    expect(await own("args: [--config-map=settings]")).to.equal("Secret/keys");
    expect(await own('command: [sh, -c, "kubectl get configmap settings -o yaml"]')).to.equal("Secret/keys");
    expect(await own("env: [{ name: WATCHED, value: '$(NS)/settings' }]")).to.equal("Secret/keys");
    expect(await own("args: ['https://kubernetes/api/v1/namespaces/x/secrets/keys']")).to.equal(
      "ConfigMap/settings",
    );
    expect(await own("", config("other", "data: {watch: 'a, settings'}"))).to.equal("Secret/keys");
    const reloaded =
      "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, annotations: {reload: 'x,settings'}}";
    expect(await own("", reloaded)).to.equal("Secret/keys");
  });

  it("are each version's own where only something else has their name", async () => {
    for (const container of [
      "args: [--config=/etc/settings/app.yaml, /settings]",
      "args: [--name=my-settings, --file=settings.yaml, --other=settings-2]",
      "env: [{ name: API, value: 'http://settings:8080/x' }, { name: DB, value: 'u@keys' }]",
      "env: [{ name: DB_HOST, value: keys }, { name: settings, value: x }]",
    ])
      expect(await own(container), container).to.equal(BOTH);
    for (const other of [
      service("settings", "", "{ app: shop, part: settings }").replace(
        "{ app: shop, part: settings }",
        "{ app: shop }",
      ),
      "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: settings, labels: {app: settings}}",
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: settings}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: settings}\nsubjects: [{kind: ServiceAccount, name: settings}]",
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: [{apiGroups: [''], resources: [services], resourceNames: [settings], verbs: [get]}]",
      "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: settings}\nspec: {selector: {matchLabels: {app: settings}}, jobLabel: settings}",
      "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, annotations: {meta.helm.sh/release-name: settings, argocd.argoproj.io/tracking-id: 'settings:v1/ServiceAccount:x/a'}}",
      "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {defaultBackend: {service: {name: settings, port: {number: 80}}}}",
    ])
      expect(await own("", other), other).to.equal(BOTH);
  });

  it("are shared where a controller fills them", async () => {
    const files = documents(
      deployment("shop", {
        pod: "volumes: [{ name: a, secret: { secretName: token } }, { name: b, configMap: { name: ca } }]",
      }),
      service(),
      secret("token", "type: kubernetes.io/service-account-token"),
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ca, labels: {config.openshift.io/inject-trusted-cabundle: 'true'}}",
    );
    expect((await partsOf(files)).shared).to.deep.equal(["Secret/token", "ConfigMap/ca"]);
    expect(await sortNotes(files)).to.deep.equal([
      "deploy/app.yaml:25: Secret/token is shared by both versions, which see its changes: a controller fills it",
      "deploy/app.yaml:30: ConfigMap/ca is shared by both versions, which see its changes: a controller fills it",
    ]);
  });

  it("are shared where config says so, without a word", async () => {
    const files = withBoth("args: [--config-map=settings]");
    expect(await sortNotes(files)).to.deep.equal([
      "deploy/app.yaml:28: ConfigMap/settings is shared by both versions, which see its changes: Deployment/shop names it too (deploy/app.yaml:16). Each version has its own only of what its pods alone name; list it in zero-downtime:unversioned if it is to be shared",
    ]);
    expect(await sortNotes(files, { unversioned: ["settings", "keys"] })).to.deep.equal([]);
    expect((await partsOf(files, { unversioned: ["settings", "keys"] })).versioned).to.deep.equal([]);
  });

  it("that no file has are told of, as both versions see their changes", async () => {
    const files = documents(
      deployment("shop", {
        container:
          "envFrom:\n  - { secretRef: { name: elsewhere } }\n  - { configMapRef: { name: perhaps, optional: true } }\n  - { secretRef: { name: elsewhere } }",
      }),
      service(),
    );
    expect(await sortNotes(files)).to.deep.equal([
      "deploy/app.yaml:16: Deployment/shop names Secret/elsewhere, which no file has: it must be in the namespace, and both versions see its changes",
      "deploy/app.yaml:17: Deployment/shop names ConfigMap/perhaps, which no file has: if it is in the namespace, both versions see its changes",
    ]);
  });
});
