import { expect } from "chai";
import {
  deployment,
  documents,
  partsOf,
  service,
  shop,
  sortFiles,
  sortNotes,
  sortRefusals,
} from "../../support/manifests/sorted-files.ts";

const route = (name: string, backends: string) =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: ${name}}\nspec:\n  rules:\n  - backendRefs: [${backends}]\n`;
const thing = (kind: string, name: string, apiVersion = "v1", rest = "") =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}}\n${rest}\n`;
const budget = (name: string, selector: string) =>
  thing("PodDisruptionBudget", name, "policy/v1", `spec: {maxUnavailable: 1, selector: ${selector}}`);

describe("sorting objects", () => {
  it("finds the Deployment, its container and its Service", async () => {
    expect(await partsOf(shop())).to.deep.equal({
      web: "Deployment/shop",
      container: "shop",
      services: ["Service/shop"],
      routes: [],
      budgets: [],
      versioned: [],
      shared: [],
    });
  });

  it("finds the only Deployment behind a Service where config names none", async () => {
    expect((await partsOf(shop(), { app: "" })).web).to.equal("Deployment/shop");
  });

  it("has every Service follow that finds the pods, and checks the one that a route leads to", async () => {
    const files = documents(
      deployment(),
      service("a-metrics", "", "{ app: shop }"),
      service(),
      service("public", "", "{ app: shop }"),
      service("elsewhere", "type: ExternalName\nexternalName: shop.example.com", "{ app: shop }"),
      thing("Service", "by-hand", "v1", "spec: {ports: [{port: 80}]}"),
      route("shop", "{name: public, port: 80}"),
      route("docs", "{name: docs, port: 80}"),
    );
    const { services, routes, shared } = await partsOf(files);
    expect(services).to.deep.equal(["Service/public", "Service/shop", "Service/a-metrics"]);
    expect(routes).to.deep.equal(["HTTPRoute/shop"]);
    expect(shared).to.deep.equal(["Service/elsewhere", "Service/by-hand", "HTTPRoute/docs"]);
  });

  it("checks the Service that an Ingress leads to, else the Deployment's name, else one with an address", async () => {
    const first = async (...texts: string[]) =>
      (await partsOf(documents(deployment(), ...texts))).services[0];
    const metrics = service("a-metrics", "", "{ app: shop }");
    const web = service("web", "type: LoadBalancer", "{ app: shop }");
    const ingress = thing(
      "Ingress",
      "shop",
      "networking.k8s.io/v1",
      "spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}",
    );
    expect(await first(metrics, service(), web, ingress)).to.equal("Service/web");
    expect(await first(metrics, web, service())).to.equal("Service/shop");
    expect(await first(metrics, web)).to.equal("Service/web");
    expect(await first(metrics)).to.equal("Service/a-metrics");
  });

  it("shares what has no other place, an Ingress among it", async () => {
    const { shared } = await partsOf(
      documents(
        shop(),
        thing("ServiceAccount", "shop"),
        thing("Ingress", "shop", "networking.k8s.io/v1"),
        thing("NetworkPolicy", "shop", "networking.k8s.io/v1", "spec: {podSelector: {}}"),
        thing("PodMonitor", "shop", "monitoring.coreos.com/v1"),
        thing("PersistentVolumeClaim", "photos"),
        thing("ConfigMap", "unused"),
      ),
    );
    expect(shared).to.deep.equal([
      "ServiceAccount/shop",
      "Ingress/shop",
      "NetworkPolicy/shop",
      "PodMonitor/shop",
      "PersistentVolumeClaim/photos",
      "ConfigMap/unused",
    ]);
  });

  it("takes the budgets that select the pods, by labels or by expressions", async () => {
    const of = async (selector: string) => (await partsOf(documents(shop(), budget("b", selector)))).budgets;
    expect(await of("{matchLabels: {app: shop}}")).to.deep.equal(["PodDisruptionBudget/b"]);
    expect(await of("{}")).to.deep.equal(["PodDisruptionBudget/b"]);
    expect(await of("{matchExpressions: [{key: app, operator: In, values: [shop]}]}")).to.have.length(1);
    expect(await of("{matchExpressions: [{key: tier, operator: DoesNotExist}]}")).to.have.length(1);
    expect(await of("{matchLabels: {app: queue}}")).to.deep.equal([]);
    expect(await of("{matchExpressions: [{key: app, operator: NotIn, values: [shop]}]}")).to.deep.equal([]);
  });

  it("leaves hooks out and names them, with what else no release needs", async () => {
    const hook = (kind: string, name: string, annotation: string) =>
      `apiVersion: ${kind === "Job" ? "batch/v1" : "v1"}\nkind: ${kind}\nmetadata:\n  name: ${name}\n  annotations: {${annotation}}\n`;
    const files = documents(
      shop(),
      hook("Pod", "shop-test", "helm.sh/hook: test"),
      hook("Job", "shop-migrate", "'helm.sh/hook': 'pre-install,pre-upgrade'"),
      hook("ConfigMap", "seed", "argocd.argoproj.io/hook: PreSync"),
      "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata:\n  name: shop-5d9\n  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: shop, uid: x, controller: true}]",
      thing("ConfigMap", "kube-root-ca.crt"),
    );
    expect((await partsOf(files)).shared).to.deep.equal([]);
    expect((await sortNotes(files)).map((note) => note.replace(/^\S+ /, ""))).to.deep.equal([
      "Pod/shop-test is left out, as it is a hook (helm.sh/hook: test), which Helm would run. What it tests can be asked in zero-downtime:app.smoke",
      "Job/shop-migrate is left out, as it is a hook (helm.sh/hook: pre-install,pre-upgrade), which Helm would run. If it changes the schema, that belongs in migrations/",
      "ConfigMap/seed is left out, as it is a hook (argocd.argoproj.io/hook: PreSync), which Argo CD would run. If the pods need it, take the annotation off",
      "ReplicaSet/shop-5d9 is left out, as Deployment/shop makes it. Take it out of the files",
      "ConfigMap/kube-root-ca.crt is left out, as the cluster makes it. Take it out of the files",
    ]);
  });

  it("writes as they are what config says is shared, and leaves out what it ignores", async () => {
    const queue = thing(
      "StatefulSet",
      "queue",
      "apps/v1",
      "spec: {selector: {matchLabels: {app: queue}}, template: {metadata: {labels: {app: queue}}, spec: {containers: [{name: queue, image: nats}]}}}",
    );
    const files = documents(
      shop(),
      queue,
      service("queue"),
      deployment("redis"),
      service("redis"),
      thing("Namespace", "shop"),
    );
    const { shared } = await partsOf(files, {
      shared: ["StatefulSet/queue", "Deployment/redis"],
      ignore: ["Namespace/shop"],
    });
    expect(shared).to.deep.equal(["StatefulSet/queue", "Service/queue", "Deployment/redis", "Service/redis"]);
  });

  it("takes a headless Service for peers of both colours where config says so", async () => {
    const files = documents(shop(), service("shop-peers", "clusterIP: None", "{ app: shop }"));
    const { services, shared } = await partsOf(files, { services: { "shop-peers": "both" } });
    expect([services, shared]).to.deep.equal([["Service/shop"], ["Service/shop-peers"]]);
  });

  it("tells of names in config that no file has", async () => {
    expect(
      await sortNotes(shop(), {
        ignore: ["Job/seed"],
        shared: ["Pod/x"],
        unversioned: ["flags"],
        services: { peers: "both" },
      }),
    ).to.deep.equal([
      "zero-downtime:ignore names Job/seed, and no file has it. Take it out of the config if that is right",
      "zero-downtime:shared names Pod/x, and no file has it. Take it out of the config if that is right",
      "zero-downtime:unversioned names flags, and no file has it. Take it out of the config if that is right",
      "zero-downtime:services names peers, and no file has it. Take it out of the config if that is right",
    ]);
  });

  it("gives no application where anything is refused", async () => {
    expect((await sortFiles(documents(shop(), thing("Job", "seed", "batch/v1")))).application).to.equal(null);
  });
});

describe("objects that cannot be released", () => {
  const choice = (title: string) =>
    `Leave it out with zero-downtime:ignore: [${title}], or have it written as it is, once, with zero-downtime:shared: [${title}]`;

  it("are refused by their kinds, with what to write", async () => {
    const refusal = async (...args: Parameters<typeof thing>) => {
      const refusals = await sortRefusals(documents(shop(), thing(...args)));
      expect(refusals).to.have.length(1);
      return refusals[0];
    };
    expect(await refusal("Job", "seed", "batch/v1")).to.equal(
      `deploy/app.yaml:24: Job/seed cannot be released: it runs once, and a release has no moment for it. ${choice("Job/seed")}`,
    );
    expect(await refusal("StatefulSet", "queue", "apps/v1")).to.include("so there is no second colour of it");
    expect(await refusal("DaemonSet", "logs", "apps/v1")).to.include("one pod on every node");
    expect(await refusal("Pod", "debug")).to.include(choice("Pod/debug"));
    expect(await refusal("ReplicaSet", "shop-1", "apps/v1")).to.include("is made by a Deployment");
    expect(await refusal("ScaledObject", "shop", "keda.sh/v1alpha1")).to.include("another tool");
    expect(await refusal("Rollout", "shop", "argoproj.io/v1alpha1")).to.include("another tool");
    expect(await refusal("Namespace", "shop")).to.include("belongs to the whole cluster");
    expect(await refusal("ClusterRole", "shop", "rbac.authorization.k8s.io/v1")).to.include("whole cluster");
    expect(await refusal("ClusterIssuer", "acme", "cert-manager.io/v1")).to.include("whole cluster");
  });

  it("are not those of another group with the same kind", async () => {
    const files = documents(
      shop(),
      thing("Service", "shop", "serving.knative.dev/v1"),
      thing("Job", "x", "batch.volcano.sh/v1"),
    );
    expect((await partsOf(files)).shared).to.deep.equal(["Service/shop", "Job/x"]);
  });

  it("are refused in other namespaces, and taken in the release's own", async () => {
    const inNamespace = (name: string) =>
      documents(shop(), `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: ${name}`);
    expect(await sortRefusals(inNamespace("staging"))).to.deep.equal([
      `deploy/app.yaml:28: ConfigMap/x is in namespace staging, and the release is in shop (zero-downtime:namespace). ${choice("ConfigMap/x")}`,
    ]);
    expect(await sortRefusals(inNamespace("shop"))).to.deep.equal([]);
  });

  it("are refused together where config names another namespace than the files", async () => {
    const files = shop().replaceAll("  name: shop\n", "  name: shop\n  namespace: staging\n");
    expect(await sortRefusals(files)).to.deep.equal([
      "deploy/app.yaml:5: Deployment/shop and Service/shop are in namespace staging, and the release is in shop (zero-downtime:namespace). Set zero-downtime:namespace: staging, or take the namespace out of the files",
    ]);
  });

  it("are refused for now where a later version releases them", async () => {
    const scaler = (target: string) =>
      thing(
        "HorizontalPodAutoscaler",
        "shop",
        "autoscaling/v2",
        `spec: {maxReplicas: 4, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${target}}}`,
      );
    expect(await sortRefusals(documents(shop(), scaler("shop")))).to.deep.equal([
      "deploy/app.yaml:27: HorizontalPodAutoscaler/shop cannot be released yet: autoscalers come with a later version. Until then leave it out with zero-downtime:ignore: [HorizontalPodAutoscaler/shop], and set the number of pods with zero-downtime:replicas",
    ]);
    expect(
      await sortRefusals(documents(shop(), deployment("redis"), service("redis"), scaler("redis")), {
        shared: ["Deployment/redis"],
      }),
    ).to.deep.equal([]);
    expect(await sortRefusals(documents(shop(), thing("CronJob", "report", "batch/v1")))).to.deep.equal([
      "deploy/app.yaml:24: CronJob/report cannot be released yet: CronJobs come with a later version. Until then leave it out with zero-downtime:ignore: [CronJob/report]",
    ]);
    expect(await sortRefusals(documents(shop(), deployment("worker")))).to.deep.equal([
      "deploy/app.yaml:24: Deployment/worker has no Service of its own, and cannot be released yet: workers come with a later version. Until then leave it out with zero-downtime:ignore: [Deployment/worker]",
    ]);
    const grpc = (backend: string) =>
      thing(
        "GRPCRoute",
        "shop",
        "gateway.networking.k8s.io/v1",
        `spec: {rules: [{backendRefs: [{name: ${backend}, port: 80}]}]}`,
      );
    expect((await sortRefusals(documents(shop(), grpc("shop"))))[0]).to.include(
      "GRPCRoutes come with a later version",
    );
    expect(await sortRefusals(documents(shop(), grpc("other")))).to.deep.equal([]);
  });

  it("are refused with all at once, in the order of the files", async () => {
    const refusals = await sortRefusals({
      "deploy/b.yaml": documents(thing("Job", "seed", "batch/v1"), shop({ probe: "" })),
      "deploy/a.yaml": thing("StatefulSet", "queue", "apps/v1"),
    });
    expect(refusals.map((refusal) => refusal.split(" ")[0])).to.deep.equal([
      "deploy/a.yaml:1:",
      "deploy/b.yaml:1:",
      "deploy/b.yaml:15:",
    ]);
  });
});

describe("the Deployment that users reach", () => {
  const two = documents(shop(), deployment("api"), service("api"));

  it("must be named where two stand behind Services", async () => {
    expect(await sortRefusals(two, { app: "" })).to.deep.equal([
      "deploy/app.yaml:1: Deployment/shop stands behind a Service, and Deployment/api does too; one of them is released. Set zero-downtime:app.name to the one that users reach",
    ]);
    expect(await sortRefusals(two)).to.deep.equal([
      "deploy/app.yaml:24: Deployment/api stands behind Service/api, and Deployment/shop is the one that users reach; only one is released. Set zero-downtime:app.name: api if that is the one. Else have it written as it is, once, with zero-downtime:shared: [Deployment/api], or leave it out with zero-downtime:ignore: [Deployment/api, Service/api]",
    ]);
    expect((await partsOf(two, { app: "api", shared: ["Deployment/shop"] })).web).to.equal("Deployment/api");
  });

  it("must be in the files", async () => {
    expect(await sortRefusals(shop(), { app: "store" })).to.deep.equal([
      "deploy/app.yaml:4: No file has Deployment/store, as zero-downtime:app.name says; there is Deployment/shop behind Services. Set zero-downtime:app.name to the one that users reach",
    ]);
    expect(await sortRefusals(service("shop", "", "{}"), {})).to.deep.equal([
      "deploy/app.yaml:1: The files have no Deployment, and only a Deployment is released. Add the Deployment that users reach, and the Service in front of it",
    ]);
    expect((await sortRefusals(thing("StatefulSet", "shop", "apps/v1"))).join("\n")).to.include(
      "Make one of StatefulSet/shop, if it is what users reach",
    );
  });

  it("must have a Service, and is told which label keeps it from one", async () => {
    expect(
      await sortRefusals(documents(deployment(), service("shop", "", "{ app: shop, tier: web }"))),
    ).to.deep.equal([
      "deploy/app.yaml:8: Deployment/shop stands behind no Service: Service/shop selects tier=web, which its pods do not have. Make labels and selector agree",
      "deploy/app.yaml:21: Service/shop finds no pods of these files: those of Deployment/shop do not have tier=web. Make selector and labels agree; where its pods come from elsewhere, have it written as it is with zero-downtime:shared: [Service/shop]",
    ]);
    expect((await sortRefusals(deployment()))[0]).to.include(
      "Add the Service that users reach, with selector: app=shop",
    );
  });

  it("must have a name from which others can be made", async () => {
    const name = `shop-of-a-release-with-a-name-${"so-".repeat(8)}long`;
    expect((await sortRefusals(documents(deployment(name), service(name)), { app: name }))[0]).to.equal(
      `deploy/app.yaml:4: Deployment/${name} has a name of 58 characters, from which those of other objects are made; it must be 1 to 52 lower-case letters, digits and dashes, beginning with a letter. Give it a shorter name, or one without dots, in the files and in config`,
    );
  });

  it("must select its own pods", async () => {
    const files = documents(
      deployment().replace("matchLabels: { app: shop }", "matchLabels: { app: shop, tier: web }"),
      service(),
    );
    expect(await sortRefusals(files)).to.deep.equal([
      "deploy/app.yaml:6: Deployment/shop selects other pods than its own: they do not have tier=web. Make spec.selector and the labels of spec.template agree",
    ]);
  });

  it("must not have labels of ours, nor the files objects with names of ours", async () => {
    expect(
      (await sortRefusals(shop({ labels: "{ app: shop, zero-downtime/workload: blue }" })))[0],
    ).to.include("Deployment/shop has zero-downtime/workload among its labels");
    expect(
      (
        await sortRefusals(
          documents(shop(), deployment("shop-blue"), service("other", "", "{ app: shop-blue }")),
          { shared: ["Deployment/shop-blue"] },
        )
      )[0],
    ).to.include("Deployment/shop-blue has the name of an object that a release makes");
    expect((await sortRefusals(documents(shop(), service("shop-green", "", "{ app: shop }"))))[0]).to.include(
      "Service/shop-green has the name of a Service that a release makes beside Service/shop",
    );
  });
});

describe("a Service", () => {
  const refusal = async (spec: string) =>
    (await sortRefusals(documents(shop(), service("other", spec, "{ app: shop }"))))[0];

  it("that cannot be turned from colour to colour is refused", async () => {
    expect(await refusal("clusterIP: None")).to.equal(
      "deploy/app.yaml:31: Service/other is headless: its clients keep the addresses of pods, so it cannot be turned from one colour to the other. Give users another Service; where it is for the pods among themselves, set zero-downtime:services: { other: both }, and it finds those of both colours",
    );
    expect(await refusal("publishNotReadyAddresses: true")).to.include("to pods that are not ready");
    expect((await sortRefusals(shop(), { shared: ["Service/shop"] }))[0]).to.include(
      "would send users to a version that is not tested yet",
    );
    expect((await sortRefusals(shop(), { services: { shop: "both" } }))[0]).to.include(
      "stands behind Services of both colours alone",
    );
  });

  it("of the pods of an ignored object is written as it is", async () => {
    const files = documents(shop(), deployment("redis"), service("redis"));
    expect((await partsOf(files, { ignore: ["Deployment/redis"] })).shared).to.deep.equal(["Service/redis"]);
  });

  it("that finds other pods too is told of", async () => {
    const files = documents(
      deployment("shop", { labels: "{ app: shop, part: web }" }),
      deployment("worker", { labels: "{ app: shop, part: worker }" }),
      service(),
    );
    expect(await sortNotes(files, { ignore: ["Deployment/worker"] })).to.deep.equal([
      "deploy/app.yaml:36: Service/shop finds pods of Deployment/worker as well; from the first release on it finds those of the active colour alone",
    ]);
  });
});

describe("a route", () => {
  it("must lead to a port of the Service, with a weight that a pair can share", async () => {
    const refusal = async (backends: string) =>
      (await sortRefusals(documents(shop(), route("shop", backends))))[0];
    expect(await refusal("{name: shop}")).to.include("leads to Service/shop without a port. Write port: 80");
    expect(await refusal("{name: shop, port: 8080}")).to.include(
      "leads to port 8080 of Service/shop, which has 80",
    );
    expect(await refusal("{name: shop, port: 80, weight: 20000}")).to.include("has a weight of 20000");
    expect(await refusal("{name: shop, port: 80}, {name: old, port: 80, weight: 20000}")).to.include("20000");
    expect(await refusal("{name: shop, port: 80, weight: 10000}")).to.equal(undefined);
  });

  it("that leads to Services of another namespace or kind is shared", async () => {
    const files = documents(
      shop(),
      route("a", "{name: shop, namespace: other, port: 80}"),
      route("b", "{name: shop, group: example.com, kind: Bucket}"),
    );
    expect((await partsOf(files)).shared).to.deep.equal(["HTTPRoute/a", "HTTPRoute/b"]);
  });
});

describe("budgets", () => {
  it("are refused where two select the same pods, as nothing would be evicted", async () => {
    const files = documents(shop(), budget("a", "{matchLabels: {app: shop}}"), budget("b", "{}"));
    expect(await sortRefusals(files)).to.deep.equal([
      "deploy/app.yaml:32: PodDisruptionBudget/b selects the pods of Deployment/shop, as PodDisruptionBudget/a does; Kubernetes evicts no pod that has two budgets. Keep one of them",
    ]);
  });
});
