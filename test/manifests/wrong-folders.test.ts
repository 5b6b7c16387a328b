import { expect } from "chai";
import type { SortOptions } from "../../manifests/application.ts";
import { describeFinding } from "../../manifests/kube-object.ts";
import { prepareVersion } from "../../manifests/prepare/prepare-version.ts";
import { sortObjects } from "../../manifests/sort/sort-objects.ts";
import { deployment, documents, OPTIONS, service, shop } from "../support/manifests/sorted-files.ts";
import { readFiles, type Files } from "../support/manifests/written-files.ts";

/** What a new user is told of a folder: why it is refused, and what is left out of it. */
async function told(files: Files, options: Partial<SortOptions> = {}) {
  const { objects, refusals } = await readFiles(files);
  const sorted =
    refusals.length > 0 ? { refusals, notes: [] } : sortObjects(objects, { ...OPTIONS, ...options });
  return {
    refusals: sorted.refusals.map(describeFinding),
    notes: sorted.notes.map(describeFinding),
  };
}

const refused = async (files: Files, options?: Partial<SortOptions>) => {
  const { refusals } = await told(files, options);
  expect(refusals).to.have.length(1);
  return refusals[0];
};

const app = (text: string): Files => ({ "deploy/app.yaml": text });

/** Of each: what a new user has in the folder, and what they read. */
describe("a wrong folder", () => {
  it("whose pods have no readiness probe", async () => {
    expect(await refused(app(shop({ probe: "" })))).to.match(
      /^deploy\/app\.yaml:11: Deployment\/shop has no readinessProbe in container shop, .*Write one, as in `readinessProbe:/,
    );
  });

  it("with two Deployments that users might reach", async () => {
    const files = app(documents(deployment("web"), service("web"), deployment("api"), service("api")));
    expect(await refused(files, { app: "" })).to.equal(
      "deploy/app.yaml:1: Deployment/web stands behind a Service, and Deployment/api does too; one of them is released. Set zero-downtime:app.name to the one that users reach",
    );
    expect(await refused(files, { app: "web" })).to.match(
      /^deploy\/app\.yaml:24: Deployment\/api stands behind Service\/api, and Deployment\/web .*Set zero-downtime:app\.name: api if/,
    );
  });

  it("with a Service that selects nothing", async () => {
    expect(await refused(app(documents(shop(), service("admin", "", "{ app: admin }"))))).to.match(
      /^deploy\/app\.yaml:29: Service\/admin finds no pods of these files: those of Deployment\/shop do not have app=admin\. Make selector and labels agree/,
    );
  });

  it("with a StatefulSet", async () => {
    const set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {}\n";
    expect(await refused({ ...app(shop()), "deploy/db.yaml": set })).to.match(
      /^deploy\/db\.yaml:1: StatefulSet\/db cannot be released: .*zero-downtime:ignore: \[StatefulSet\/db\].*zero-downtime:shared: \[StatefulSet\/db\]/,
    );
  });

  it("with an object of another namespace", async () => {
    const other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dashboards\n  namespace: monitoring\n";
    expect(await refused({ ...app(shop()), "deploy/z.yaml": other })).to.match(
      /^deploy\/z\.yaml:5: ConfigMap\/dashboards is in namespace monitoring, and the release is in shop/,
    );
  });

  it("with fields that nobody knows", async () => {
    expect(await refused(app(shop({ container: "readynessProbe: {}" })))).to.equal(
      "deploy/app.yaml:15: Deployment/shop: spec.template.spec.containers[0].readynessProbe is no field that Kubernetes knows. Did you mean readinessProbe?",
    );
  });

  it("with a key that stands twice", async () => {
    expect(await refused(app(shop({ container: "image: registry.example.com/shop:2" })))).to.equal(
      "deploy/app.yaml:15: The key `image` stands twice in one mapping, first on line 12. Only the last one would count: keep one of them",
    );
  });

  it("without the container that config names", async () => {
    expect(await refused(app(shop()), { container: "web" })).to.equal(
      "deploy/app.yaml:10: Deployment/shop has no container web, as zero-downtime:app.container says; it has shop. Set zero-downtime:app.container to the one that gets the version's image",
    );
  });

  it("with a ReadWriteOnce volume", async () => {
    const claim =
      "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec:\n  accessModes: [ReadWriteOnce]\n";
    const pod = "volumes:\n  - name: data\n    persistentVolumeClaim: { claimName: data }";
    expect(await refused(app(documents(shop({ pod }), claim)))).to.match(
      /^deploy\/app\.yaml:17: Deployment\/shop has PersistentVolumeClaim\/data as volume data, which is ReadWriteOnce \(deploy\/app\.yaml:31\).*Make it ReadWriteMany/,
    );
  });

  it("with an init container that migrates", async () => {
    const pod =
      "initContainers:\n  - name: migrate\n    image: registry.example.com/shop:1\n    args: [npx, prisma, migrate, deploy]";
    expect(await refused(app(shop({ pod })))).to.match(
      /^deploy\/app\.yaml:18: Deployment\/shop changes the schema by Prisma in init container migrate: .*set zero-downtime:app\.migrates: allowed$/,
    );
  });

  it("that is a kustomization", async () => {
    expect(
      await refused({ ...app(shop()), "deploy/kustomization.yaml": "resources: [app.yaml]\n" }),
    ).to.match(
      /^deploy\/kustomization\.yaml:1: This folder is a kustomization, and nothing was rendered\. .*`kubectl kustomize deploy > deploy-rendered\.yaml`/,
    );
  });

  it("with a Helm test Pod, which is left out", async () => {
    const pod =
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: shop-test-connection\n  annotations:\n    helm.sh/hook: test\nspec: {restartPolicy: Never, containers: [{name: wget, image: busybox, command: [wget], args: ['shop:80']}]}\n";
    expect(await told(app(documents(shop(), pod)))).to.deep.equal({
      refusals: [],
      notes: [
        "deploy/app.yaml:29: Pod/shop-test-connection is left out, as it is a hook (helm.sh/hook: test), which Helm would run. What it tests can be asked in zero-downtime:app.smoke",
      ],
    });
  });

  it("whose pods have a PGHOST of their own", async () => {
    const container = "env:\n  - { name: PGHOST, value: db.example.com }";
    const { objects } = await readFiles(app(shop({ container })));
    const { application } = sortObjects(objects, OPTIONS);
    if (!application) throw new Error("Cannot prepare files that are refused");
    const { refusals } = prepareVersion(application, {
      app: "shop",
      namespace: "shop",
      slot: { colour: "blue", version: "1.0.0", image: `registry.example.com/shop@sha256:${"0".repeat(64)}` },
      environment: [{ name: "PGHOST", value: "database" }],
      digestOf: () => "0".repeat(16),
      preStopSeconds: 5,
      longestRequestSeconds: 30,
      minReadySeconds: 1,
      replicas: 0,
    });
    expect(refusals.map(describeFinding)[0]).to.match(
      /^deploy\/app\.yaml:16: Deployment\/shop sets PGHOST in container shop.*zero-downtime:database\.logins/,
    );
  });

  it("with a name too long", async () => {
    const name = "my-release-of-the-corner-shop-in-the-old-market-street";
    expect(await refused(app(documents(deployment(name), service(name))), { app: name })).to.match(
      /^deploy\/app\.yaml:4: Deployment\/my-release-of-the-corner-shop-in-the-old-market-street has a name of 54 characters, .*1 to 52/,
    );
  });

  it("that is not there, is empty, or is a chart", async () => {
    expect(await refused({})).to.include("deploy does not exist");
    expect(await refused({ "deploy/README.md": "" })).to.include("deploy has no *.yaml, *.yml or *.json");
    expect(await refused({ "deploy/Chart.yaml": "name: shop", "deploy/values.yaml": "" })).to.match(
      /^deploy\/Chart\.yaml:1: This folder is a Helm chart.*`helm template deploy deploy >/,
    );
  });
});
