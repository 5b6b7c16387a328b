import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { PlannedObject, PlannedPods } from "../../../components/preflight/planned.ts";
import { preflight } from "../../../components/preflight/preflight.ts";
import { GUARD_MANAGER, PROGRAM_MANAGER, ZD_MANAGER } from "../../../protocol/field-managers.ts";
import {
  apiServerDouble,
  failure,
  forbidden,
  EVERYTHING,
  kubeconfigFor,
  RULES,
  type Scene,
  type Seen,
} from "./api-server-double.ts";

const named = (apiVersion: string, kind: string, name: string): PlannedObject => ({
  apiVersion,
  kind,
  name,
  object: null,
});

/** With content that is new, from a file. */
const written = (apiVersion: string, kind: string, name: string, more: object = {}): PlannedObject => ({
  ...named(apiVersion, kind, name),
  object: { apiVersion, kind, metadata: { name }, ...more },
  sourceOf: (path) => ({ file: "deploy/app.yaml", line: path.length + 1 }),
});

const container = { name: "app", image: "registry/shop@sha256:1" };

const web = (more: Partial<PlannedPods> = {}): PlannedPods => ({
  title: "Deployment/shop-green",
  count: 3,
  deployment: "shop-green",
  template: { spec: { containers: [container] } },
  ...more,
});

const SERVICE = "/api/v1/namespaces/shop/services/shop";
const managedBy = (...managers: string[]) => ({
  metadata: { name: "shop", managedFields: managers.map((manager) => ({ manager })) },
});

describe("what is asked before a stage", () => {
  const logged: string[] = [];
  const log = { ...pulumi.log };

  before(() => {
    const note = (level: string) => (text: string) => {
      logged.push(`${level}: ${text}`);
      return Promise.resolve();
    };
    Object.assign(pulumi.log, { warn: note("warn"), info: note("info") });
  });

  after(() => void Object.assign(pulumi.log, log));

  beforeEach(() => void logged.splice(0));

  /** @returns why the stage is refused, line by line; and what the API server saw */
  async function asked(
    scene: Scene,
    stage: { objects?: readonly PlannedObject[]; pods?: readonly PlannedPods[]; known?: readonly string[] },
    limitMilliseconds = 5_000,
  ): Promise<{ readonly refused: readonly string[]; readonly seen: readonly Seen[] }> {
    const double = await apiServerDouble(scene);
    try {
      const { objects = [], pods = [], known = [] } = stage;
      const args = { cluster: double.cluster, namespace: "shop", limitMilliseconds };
      const refused = await preflight({ ...args, objects, pods, known: new Set(known) }).then(
        () => [],
        (error: Error) => error.message.split("\n"),
      );
      return { refused, seen: double.seen };
    } finally {
      await double.close();
    }
  }

  it("lets a stage begin where nothing is in its way, and changes nothing", async () => {
    const { refused, seen } = await asked(
      {},
      {
        objects: [written("apps/v1", "Deployment", "shop-green"), named("v1", "Service", "shop")],
        pods: [web()],
      },
    );
    expect(refused).to.deep.equal([]);
    expect(logged).to.deep.equal([]);
    for (const { method, path, query } of seen)
      expect(method === "GET" || path === RULES || query.get("dryRun") === "All", path).to.equal(true);
  });

  it("is nothing where nothing is to be written", async () => {
    const { refused, seen } = await asked({ intercept: () => failure(500, "down") }, {});
    expect([refused, seen, logged]).to.deep.equal([[], [], []]);
  });

  it("refuses for all reasons at once, with the places in the files", async () => {
    const objects = [
      written("apps/v1", "Deployment", "shop-green"),
      written("v1", "Service", "shop"),
      written("example.com/v1", "Widget", "shop"),
    ];
    const { refused } = await asked(
      {
        version: "v1.28.3-gke.100",
        objects: { [SERVICE]: managedBy("kubectl-client-side-apply") },
        lists: {
          "/api/v1/namespaces/shop/resourcequotas": [
            { metadata: { name: "compute" }, spec: { hard: { pods: "4" } }, status: { used: { pods: "3" } } },
          ],
        },
        intercept: ({ method, path }) =>
          method === "PATCH" && path.endsWith("/deployments/shop-green")
            ? failure(
                500,
                "failed to create typed patch object (shop/shop-green; apps/v1, Kind=Deployment): .spec.replcas: field not declared in schema",
              )
            : undefined,
      },
      { objects, pods: [web()] },
    );
    expect(refused).to.deep.equal([
      "The cluster's Kubernetes must be at least 1.30, as a pod that ends goes on serving for a while by `preStop.sleep`: it is 1.28.3. Upgrade the cluster",
      "deploy/app.yaml:1: The cluster serves no Widget of example.com/v1, so Widget/shop could not be written. Install what brings that kind, or leave it out: zero-downtime:ignore: [Widget/shop]",
      "deploy/app.yaml:1: Service/shop is there already in namespace shop, and belongs to kubectl apply. Delete it (kubectl delete Service/shop -n shop), or give it another name in the file",
      "deploy/app.yaml:3: The cluster refuses Deployment/shop-green for spec.replcas: unknown field",
      "ResourceQuota/compute has no room left for this release: pods (3 of 4 in use, 3 more needed); pods to come: 3 of Deployment/shop-green. Raise the quota, take fewer pods (zero-downtime:replicas) or smaller requests and limits: a release has both versions at full size for a while",
      "Nothing was changed.",
    ]);
  });

  it("asks for no object that is in the state, nor for the content of any", async () => {
    const objects = [named("v1", "Service", "shop"), named("v1", "Secret", "shop-database-blue")];
    const { refused, seen } = await asked(
      { objects: { [SERVICE]: managedBy("kubectl") } },
      { objects, known: ["/Service/shop"] },
    );
    expect(refused).to.deep.equal([]);
    const [secret, ...others] = seen.filter(({ path }) => /\/(services|secrets)\//.test(path));
    expect(secret?.accept).to.match(/as=PartialObjectMetadata/);
    expect(others).to.deep.equal([]);
  });

  for (const manager of [PROGRAM_MANAGER, GUARD_MANAGER, ZD_MANAGER])
    it(`takes what ${manager} has written for the release's own, also without a trace in the state`, async () => {
      const scene = { objects: { [SERVICE]: managedBy("kubectl-edit", manager) } };
      expect((await asked(scene, { objects: [named("v1", "Service", "shop")] })).refused).to.deep.equal([]);
    });

  it("asks for HTTPRoutes only where one is written", async () => {
    const scene = { unserved: ["gateway.networking.k8s.io/v1"] };
    const route = named("gateway.networking.k8s.io/v1", "HTTPRoute", "shop");
    const { refused } = await asked(scene, { objects: [route] });
    expect(refused[0]).to.match(
      /^The cluster serves no HTTPRoute of gateway\.networking\.k8s\.io\/v1: its Gateway API must be at least 1\.0.*use traffic\.mode service$/,
    );
    expect((await asked(scene, { objects: [named("v1", "Service", "shop")] })).refused).to.deep.equal([]);
  });

  it("names a missing namespace instead of everything that is not in it", async () => {
    const scene: Scene = {
      namespaces: [],
      intercept: ({ method }) =>
        method === "GET" ? undefined : failure(404, 'namespaces "shop" not found', { kind: "namespaces" }),
    };
    const { refused } = await asked(scene, {
      objects: [written("apps/v1", "Deployment", "shop-green")],
      pods: [web()],
    });
    expect(refused).to.deep.equal([
      "There is no namespace shop, where the release has to be. Create it (kubectl create namespace shop), or set zero-downtime:namespace",
      "Nothing was changed.",
    ]);
  });

  it("tells once what is wrong with a template, at the Deployment", async () => {
    const causes = (field: string) => ({ causes: [{ field, message: "Required value" }] });
    const scene: Scene = {
      intercept: ({ method, path }) => {
        if (method === "PATCH" && path.endsWith("/shop-green"))
          return failure(422, "invalid", causes("spec.template.spec.containers[0].image"));
        if (method !== "POST" || !path.endsWith("/pods")) return undefined;
        return failure(422, "invalid", causes("spec.containers[0].image"));
      },
    };
    const objects = [written("apps/v1", "Deployment", "shop-green")];
    for (const stage of [{ objects, pods: [web()] }, { pods: [web()] }])
      expect((await asked(scene, stage)).refused).to.have.length(2);
  });

  it("counts only pods that are not there yet", async () => {
    const scene = (replicas: number): Scene => ({
      objects: { "/apis/apps/v1/namespaces/shop/deployments/shop-green": { status: { replicas } } },
      lists: {
        "/api/v1/namespaces/shop/resourcequotas": [
          { metadata: { name: "q" }, spec: { hard: { pods: "6" } }, status: { used: { pods: "5" } } },
        ],
      },
    });
    expect((await asked(scene(2), { pods: [web()] })).refused).to.deep.equal([]);
    expect((await asked(scene(1), { pods: [web()] })).refused[0]).to.match(/5 of 6 in use, 2 more needed/);
    const { seen } = await asked(scene(3), { pods: [web()] });
    expect(seen.filter(({ path }) => /\/(pods|nodes)$/.test(path))).to.deep.equal([]);
  });

  it("counts pods as the cluster completes them", async () => {
    const scene: Scene = {
      lists: {
        "/api/v1/namespaces/shop/resourcequotas": [
          { metadata: { name: "q" }, spec: { hard: { "limits.memory": "1Gi" } }, status: {} },
        ],
      },
      intercept: ({ method, path, body }) => {
        if (method !== "POST" || !path.endsWith("/pods")) return undefined;
        const spec = { containers: [{ ...container, resources: { limits: { memory: "512Mi" } } }] };
        return { status: 201, body: { ...body, spec } };
      },
    };
    expect((await asked(scene, { pods: [web()] })).refused[0]).to.match(
      /limits\.memory \(0 of 1Gi in use, 1\.5Gi more needed\)/,
    );
  });

  it("reads lists to their last page", async () => {
    const quota = (at: number) => ({
      metadata: { name: `q${at}` },
      spec: { hard: { pods: at === 6 ? "1" : "100" } },
      status: { used: { pods: "0" } },
    });
    const lists = { "/api/v1/namespaces/shop/resourcequotas": [0, 1, 2, 3, 4, 5, 6].map(quota) };
    const { refused, seen } = await asked({ lists, page: 2 }, { pods: [web()] });
    expect(refused[0]).to.match(/^ResourceQuota\/q6 has no room left/);
    expect(seen.filter(({ path }) => path.endsWith("/resourcequotas"))).to.have.length(4);
  });

  it("only warns where nodes have no room, adding up the pods of every page", async () => {
    const node = (name: string) => ({
      metadata: { name },
      status: { allocatable: { cpu: "2", memory: "4Gi", pods: "110" } },
    });
    const running = (nodeName: string) => ({
      spec: { nodeName, containers: [{ name: "other", resources: { requests: { cpu: "500m" } } }] },
    });
    const lists = {
      "/api/v1/nodes": [node("a"), node("b")],
      "/api/v1/pods": ["a", "a", "a", "b", "b"].map(running),
    };
    const spec = { containers: [{ ...container, resources: { requests: { cpu: "800m" } } }] };
    const { refused, seen } = await asked({ lists, page: 2 }, { pods: [web({ template: { spec } })] });
    expect(refused).to.deep.equal([]);
    expect(logged).to.deep.equal([
      "warn: The nodes have room for 1 of the 3 pods to come of Deployment/shop-green, each of which requests cpu 800m. Unless a node is added, the others stay pending, and the stage that needs them fails",
    ]);
    const [first] = seen.filter(({ path }) => path === "/api/v1/pods");
    expect(first?.query.get("fieldSelector")).to.equal("status.phase!=Succeeded,status.phase!=Failed");
  });

  it("does not read the pods of a large cluster", async () => {
    const nodes = Array.from({ length: 30 }, (_, at) => ({ metadata: { name: `n${at}` }, status: {} }));
    const { seen } = await asked({ lists: { "/api/v1/nodes": nodes } }, { pods: [web()] });
    expect(seen.filter(({ path }) => path === "/api/v1/pods")).to.deep.equal([]);
    expect(logged).to.deep.equal([]);
  });

  it("tells in one line which rights are lacking, and refuses nothing for them", async () => {
    const scene: Scene = {
      intercept: ({ path }) => {
        const [, resource = ""] = /\/(nodes|resourcequotas|pods|namespaces\/shop)$/.exec(path) ?? [];
        return resource === "" ? undefined : forbidden(resource);
      },
    };
    const { refused } = await asked(scene, { pods: [web()] });
    expect(refused).to.deep.equal([]);
    expect(logged).to.deep.equal([
      "info: The cluster could not be asked beforehand about the namespace's quotas, the nodes, pods of Deployment/shop-green: the kubeconfig's login lacks the right.",
    ]);
  });

  it("refuses for all rights that the login lacks, as the stage would fail halfway", async () => {
    const rules = [
      { verbs: ["get", "list", "create", "patch", "delete"], apiGroups: ["", "apps"], resources: ["*"] },
      { verbs: ["*"], apiGroups: ["batch"], resources: ["jobs"] },
      { verbs: ["get"], apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"] },
    ];
    const objects = [
      named("v1", "Service", "shop"),
      named("rbac.authorization.k8s.io/v1", "Role", "shop-jobs"),
      named("rbac.authorization.k8s.io/v1", "RoleBinding", "shop-jobs"),
      named("policy/v1", "PodDisruptionBudget", "shop-blue"),
    ];
    expect((await asked({ rules }, { objects })).refused[0]).to.equal(
      "The kubeconfig's login lacks rights that the release needs in namespace shop: " +
        "create, patch, delete (roles.rbac.authorization.k8s.io, rolebindings.rbac.authorization.k8s.io); " +
        "get, create, patch, delete (poddisruptionbudgets.policy). " +
        "Ask whoever runs the cluster for them, or use another kubeconfig (zero-downtime:cluster)",
    );
  });

  it("finds out by trying where the API server cannot name all rights", async () => {
    const lacking =
      'services "shop" is forbidden: User "ci" cannot patch resource "services" in API group ""';
    const scene = (incomplete: boolean): Scene => ({
      intercept: ({ method, path }) => {
        if (path === RULES)
          return { status: 201, body: { status: { incomplete, resourceRules: [EVERYTHING] } } };
        return method === "PATCH" ? failure(403, lacking) : undefined;
      },
    });
    const stage = { objects: [written("v1", "Service", "shop")] };
    expect((await asked(scene(true), stage)).refused[0]).to.match(
      /^The kubeconfig's login may not write Service\/shop: services "shop" is forbidden/,
    );
    expect((await asked(scene(false), stage)).refused).to.deep.equal([]);
  });

  it("says once that the API server is down, and stops nothing: the stage will find out", async () => {
    const folder = mkdtempSync(join(tmpdir(), "zero-downtime-preflight-"));
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, kubeconfigFor("http://127.0.0.1:9"));
    const objects = [named("v1", "Service", "shop"), written("apps/v1", "Deployment", "shop-green")];
    await preflight({ cluster: { kubeconfig }, namespace: "shop", objects, pods: [web()], known: new Set() });
    rmSync(folder, { recursive: true });
    expect(logged).to.have.length(1);
    expect(logged[0]).to.match(
      /^warn: The cluster could not be asked beforehand about .*: connect ECONNREFUSED 127/,
    );
  });

  it("says so where there is no such context, or no kubeconfig", async () => {
    const nothing = {
      namespace: "shop",
      objects: [named("v1", "Service", "shop")],
      pods: [],
      known: new Set<string>(),
    };
    const double = await apiServerDouble();
    await preflight({ ...nothing, cluster: { ...double.cluster, context: "gone" } });
    await double.close();
    await preflight({ ...nothing, cluster: double.cluster });
    expect(logged[0]).to.match(/about anything: the kubeconfig has no context "gone"\.$/);
    expect(logged[1]).to.match(/about anything: ENOENT/);
  });

  it("waits for a slow API server no longer than all questions together may take", async () => {
    const began = performance.now();
    const objects = Array.from({ length: 30 }, (_, at) => named("v1", "ConfigMap", `c${at}`));
    const { refused } = await asked({ delay: 60_000 }, { objects, pods: [web()] }, 200);
    expect(performance.now() - began).to.be.below(2_000);
    expect(refused).to.deep.equal([]);
    expect(logged).to.have.length(1);
    expect(logged[0]).to.match(/the Kubernetes API has not answered within 0\.2 s\.$/);
  });

  it("asks side by side, over connections that are kept", async () => {
    const objects = Array.from({ length: 60 }, (_, at) => written("v1", "ConfigMap", `c${at}`));
    const { seen } = await asked({ delay: 5 }, { objects });
    expect(seen.length).to.be.above(120);
    expect(new Set(seen.map(({ connection }) => connection)).size).to.be.within(2, 8);
  });

  it("takes an answer of somebody in between for none", async () => {
    const { refused } = await asked(
      { intercept: () => ({ status: 200, body: { hello: "from a proxy" } }) },
      { objects: [named("v1", "Service", "shop")] },
    );
    expect(refused).to.deep.equal([]);
    expect(logged[0]).to.match(/the answer is not shaped as expected\.$/);
  });
});
