import { expect } from "chai";
import { judge, type Sight, type Wanted } from "../../../jobs/checks/readiness.ts";
import { awaitReady, ready } from "../../../jobs/checks/ready.ts";
import { deployment as deploymentShape, pod as podShape } from "../../../jobs/kubernetes/cluster-objects.ts";
import { testContext } from "../answering.ts";
import { clusterDouble, endpoint, IMAGE, pod, type ClusterDouble } from "../cluster-double.ts";

const PROXY = "registry/proxy@sha256:9";
const NOW = new Date().toISOString();

/** What a container is doing. */
const running = (isReady = true) => ({ ready: isReady, restartCount: 0, state: { running: {} } });
const done = { ready: true, restartCount: 0, state: { terminated: { exitCode: 0, reason: "Completed" } } };
const crashing = (restartCount: number, exitCode = 1, message?: string) => ({
  ready: false,
  restartCount,
  state: { waiting: { reason: "CrashLoopBackOff" } },
  lastState: { terminated: { exitCode, reason: "Error", message, finishedAt: NOW } },
});

interface Parts {
  readonly app?: object;
  readonly proxy?: object;
  readonly migrate?: object;
  readonly logs?: object;
  readonly isReady?: boolean;
}

/**
 * A pod of the application, a plain sidecar, a native one and an init container, which is listed
 * after it.
 */
function podOf(name: string, { app, proxy, migrate, logs, isReady = true }: Parts = {}): object {
  return {
    metadata: { name, uid: `uid-${name}` },
    spec: {
      initContainers: [
        { name: "logs", image: "registry/logs", restartPolicy: "Always" },
        { name: "migrate", image: "registry/tool" },
      ],
      containers: [
        { name: "proxy", image: PROXY },
        { name: "shop", image: IMAGE },
      ],
    },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: isReady ? "True" : "False" }],
      initContainerStatuses: [
        { name: "logs", ...(logs ?? running()) },
        { name: "migrate", ...(migrate ?? done) },
      ],
      containerStatuses: [
        { name: "proxy", ...(proxy ?? running()) },
        { name: "shop", ...(app ?? running()) },
      ],
    },
  };
}

const deployment = (images: { readonly shop?: string; readonly proxy?: string } = {}) =>
  deploymentShape.parse({
    metadata: { generation: 1 },
    spec: {
      replicas: 2,
      selector: { matchLabels: {} },
      template: {
        spec: {
          containers: [
            { name: "proxy", image: images.proxy ?? PROXY },
            { name: "shop", image: images.shop ?? IMAGE },
          ],
        },
      },
    },
    status: { observedGeneration: 1, availableReplicas: 2 },
  });

const leads = (count: number): Sight["leads"] => [
  {
    service: "shop-green",
    slices: [
      {
        addressType: "IPv4",
        endpoints: Array.from({ length: count }, (_, at) => ({
          addresses: [`10.0.0.${at}`],
          conditions: {},
        })),
      },
    ],
  },
];

const wanted: Wanted = { deployment: "shop-green", replicas: 2, image: IMAGE, container: "shop" };

function judged(pods: object[], more: Partial<Sight> = {}, what: Partial<Wanted> = {}) {
  const sight: Sight = {
    at: Date.now(),
    deployment: deployment(),
    pods: pods.map((each) => podShape.parse(each)),
    leads: leads(2),
    events: [],
    ...more,
  };
  return judge({ ...wanted, ...what }, sight, () => 0);
}

describe("pods of several containers", () => {
  it("are ready with an init container that has ended and sidecars that run", () => {
    expect(judged([podOf("a"), podOf("b")])).to.include({ state: "ready", readyPods: 2 });
  });

  it("have the image where it is wanted, not in whichever container", () => {
    const others = { deployment: deployment({ shop: "old", proxy: IMAGE }) };
    expect(judged([], others).why).to.equal("the Deployment shop-green asks for old");
    expect(judged([], others, { container: "gone" }).why).to.equal(
      "the Deployment shop-green asks for no container gone",
    );
    const old = {
      spec: {
        containers: [
          { name: "shop", image: "old" },
          { name: "proxy", image: IMAGE },
        ],
      },
    };
    expect(judged([podOf("a"), { ...podOf("b"), ...old }]).why).to.equal("1 pods still have another image");
  });

  for (const [what, parts, sentence] of [
    [
      "a native sidecar",
      { logs: crashing(2, 137) },
      "sidecar logs of pod a has ended 3 times, last with exit code 137 (Error)",
    ],
    [
      "a plain sidecar",
      { proxy: crashing(3, 2, "no config\n") },
      "container proxy of pod a has ended 4 times, last with exit code 2 (Error): no config",
    ],
    [
      "an init container",
      { migrate: crashing(2, 1, "relation does not exist"), app: { ...running(false), state: {} } },
      "init container migrate of pod a has ended 3 times, last with exit code 1 (Error): relation does not exist",
    ],
    [
      "a container that its liveness probe ends",
      { app: { ...crashing(2, 143), state: { waiting: { reason: "CrashLoopBackOff" } } } },
      "container shop of pod a has ended 3 times, last with exit code 143 (Error)",
    ],
  ] as const)
    it(`fail where ${what} ends again and again`, () => {
      expect(judged([podOf("a", { ...parts, isReady: false }), podOf("b")])).to.include({
        state: "failed",
        why: sentence,
      });
    });

  it("are waited for where one has ended twice, as it may have waited for another", () => {
    for (const parts of [{ logs: crashing(1) }, { migrate: crashing(1) }])
      expect(judged([podOf("a", { ...parts, isReady: false }), podOf("b")])).to.include({
        state: "waiting",
        why: "1 of 2 pods are ready; a: CrashLoopBackOff",
      });
  });

  it("do not fail by an init container that was repeated and has ended well", () => {
    const migrate = { ...done, restartCount: 5, lastState: { terminated: { exitCode: 1, finishedAt: NOW } } };
    expect(judged([podOf("a", { migrate }), podOf("b")])).to.include({ state: "ready" });
  });

  for (const [what, parts, sentence] of [
    ["whose probe fails, by whatever means", { app: running(false) }, "container shop is not ready"],
    ["whose native sidecar's probe fails", { logs: running(false) }, "sidecar logs is not ready"],
    [
      "whose init container still works",
      { migrate: running(false) },
      "init container migrate has not ended yet",
    ],
  ] as const)
    it(`say which container it is ${what}`, () => {
      expect(judged([podOf("a", { ...parts, isReady: false }), podOf("b")]).why).to.equal(
        `1 of 2 pods are ready; a: ${sentence}`,
      );
    });

  it("name the image of an init container that cannot be pulled", () => {
    const migrate = {
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: "ErrImageNeverPull", message: "not there" } },
    };
    expect(judged([podOf("a", { migrate, isReady: false })]).why).to.equal(
      "pod a cannot pull registry/tool: ErrImageNeverPull: not there",
    );
  });
});

describe("a version behind several Services", () => {
  let cluster: ClusterDouble;
  afterEach(() => cluster.close());

  it("is ready only once all of them lead to its pods", async () => {
    const both = [endpoint("10.0.0.1"), endpoint("10.0.0.2")];
    cluster = await clusterDouble({
      pods: [pod("a"), pod("b")],
      endpoints: both,
      further: { "admin-green": [endpoint("10.0.0.1"), endpoint("10.0.0.2", false)] },
    });
    const context = testContext();
    const log = (line: string) => {
      context.log(line);
      cluster.objects.further["admin-green"] = both;
    };
    const asked = ready.settings.parse({
      namespace: "shop",
      deployment: "book-green",
      service: "book-green",
      services: ["admin-green"],
      replicas: 2,
      image: IMAGE,
      deadlineSeconds: 5,
    });
    const { ok, summary } = await awaitReady(asked, { ...context, log }, cluster.api);
    expect(ok, summary).to.equal(true);
    expect(context.lines[0]).to.equal("the Service admin-green holds 1 of 2 ready endpoints");
    expect(summary).to.equal(
      "2 pods of book-green are ready and the Service book-green holds 2 ready endpoints, the Service admin-green holds 2 ready endpoints",
    );
  });
});
