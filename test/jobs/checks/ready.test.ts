import { expect } from "chai";
import type { Result } from "../../../jobs/job.ts";
import { type Sight, type Wanted, judge } from "../../../jobs/checks/readiness.ts";
import { deployment as deploymentShape, pod as podShape } from "../../../jobs/kubernetes/cluster-objects.ts";
import { awaitReady, ready } from "../../../jobs/checks/ready.ts";
import { testContext } from "../answering.ts";
import { IMAGE, type ClusterDouble, clusterDouble, deployment, endpoint, pod } from "../cluster-double.ts";

const settings = (deadlineSeconds = 5) =>
  ready.settings.parse({
    namespace: "shop",
    deployment: "book-green",
    service: "book-green",
    replicas: 2,
    image: IMAGE,
    deadlineSeconds,
  });

describe("ready", () => {
  let cluster: ClusterDouble;
  afterEach(() => cluster.close());

  async function outcome(objects: Partial<ClusterDouble["objects"]>, deadlineSeconds = 0.1): Promise<Result> {
    cluster = await clusterDouble(objects);
    return awaitReady(settings(deadlineSeconds), testContext(), cluster.api);
  }

  it("is reached when every pod is ready and the Service has as many endpoints", async () => {
    const result = await outcome({
      pods: [pod("a"), pod("b")],
      endpoints: [endpoint("10.0.0.1"), endpoint("10.0.0.2")],
    });
    expect(result).to.deep.include({
      ok: true,
      summary: "2 pods of book-green are ready and the Service book-green holds 2 ready endpoints",
    });
    expect(result.facts).to.include({ pods: 2, endpoints: 2 });
  });

  describe("of a candidate that is about to get traffic", () => {
    const failed = { watched: 5, sentence: "9 of 90 failed.", at: "2026-01-01T00:00:00Z" };
    async function judged(verdict: object | undefined) {
      const isReady = { pods: [pod("a"), pod("b")], endpoints: [endpoint("1"), endpoint("2")] };
      cluster = await clusterDouble({ ...isReady, verdict });
      const unlessFailed = { verdict: "book-verdict", image: IMAGE, digest: "of 2.0.1" };
      return awaitReady(ready.settings.parse({ ...settings(), unlessFailed }), testContext(), cluster.api);
    }
    const record = { image: IMAGE, version: "2.0.0", watched: 5, stages: {} };

    it("is not reached once the guard has failed that digest, though every pod is ready", async () => {
      const { ok } = await judged({ ...record, digest: "of 2.0.1", failed });
      expect(ok).to.equal(false);
    });

    it("is not reached once a guard before digests has failed that image", async () => {
      const { ok, summary } = await judged({ ...record, failed });
      expect(ok).to.equal(false);
      expect(summary).to.equal(
        "Cannot call book-green ready as 2.0.0 failed on the rung at 5 % at 2026-01-01T00:00:00Z: 9 of 90 failed. It was given no more traffic; mend it and repeat, or go back",
      );
    });

    it("is reached where the verdict is none, no fail, or another image's", async () => {
      for (const verdict of [
        undefined,
        { ...record, failed: null },
        { ...record, image: "another", failed },
        { ...record, digest: "of 2.0.0", failed },
      ]) {
        const { ok, summary } = await judged(verdict);
        expect(ok, summary).to.equal(true);
        await cluster.close();
      }
    });
  });

  describe("of a version that takes over a Service which goes to pods of the same node alone", () => {
    const LOCAL = { service: "book", labels: { app: "book", colour: "blue" } };
    async function takingOver(bluePods: object[], pods: object[], takesOver: object | null = LOCAL) {
      cluster = await clusterDouble({ bluePods, pods, endpoints: [endpoint("1"), endpoint("2")] });
      return awaitReady(ready.settings.parse({ ...settings(), takesOver }), testContext(), cluster.api);
    }
    const next = [pod("a", { node: "n1" }), pod("b", { node: "n2" })];

    it("is reached where it has a pod on each of their nodes", async () => {
      const { ok, summary } = await takingOver([pod("x", { node: "n2" }), pod("y", { node: "n2" })], next);
      expect(ok, summary).to.equal(true);
    });

    it("is not reached where it leaves one alone, whose requests would be lost", async () => {
      const serving = [pod("x", { node: "n1" }), pod("y", { node: "n4" }), pod("z", { node: "n3" })];
      const { ok, summary } = await takingOver(serving, next);
      expect(ok).to.equal(false);
      expect(summary).to.match(
        /^Cannot call book-green ready as n3, n4 would have no pod of book-green .* the Service book has externalTrafficPolicy Local: .*DoNotSchedule.*set the policy to Cluster/,
      );
    });

    it("is not asked for nodes whose pods serve nobody any more, and of no other version", async () => {
      const gone = [pod("x", { node: "n3", ready: false }), pod("y", { node: "n4", deleted: true })];
      expect((await takingOver(gone, next)).ok).to.equal(true);
      await cluster.close();
      expect((await takingOver([pod("x", { node: "n3" })], next, null)).ok).to.equal(true);
    });
  });

  describe("of a rolling update", () => {
    const OLD = "registry/address-book@sha256:1";
    const crashing = () => [
      pod("a", { ready: false, container: { state: { waiting: { reason: "ErrImageNeverPull" } } } }),
      pod("b", { image: OLD }),
      pod("c", { image: OLD }),
    ];
    const replaces = (isPutBack: boolean) => ({
      version: "1.0.0",
      image: OLD,
      manager: "program",
      putBack: isPutBack ? deployment({ image: OLD, version: "1.0.0" }) : null,
    });
    async function rolled(isPutBack: boolean, objects: Partial<ClusterDouble["objects"]>) {
      cluster = await clusterDouble({ endpoints: [endpoint("1"), endpoint("2")], ...objects });
      const asked = ready.settings.parse({ ...settings(), replaces: replaces(isPutBack) });
      return awaitReady(asked, testContext(), cluster.api);
    }

    it("leaves everything as it is where the new pods do not become ready", async () => {
      const { ok, summary } = await rolled(false, { pods: crashing() });
      expect(ok).to.equal(false);
      expect(summary).to.match(/No further pod of 1\.0\.0 is replaced, and those left serve on/);
      expect(cluster.applied).to.deep.equal([]);
    });

    it("puts the old version back if told to, and fails once all of its pods are ready", async () => {
      const { ok, summary } = await rolled(true, { pods: crashing() });
      expect(ok).to.equal(false);
      expect(summary).to.match(/ErrImageNeverPull.*It was put back to 1\.0\.0, all of whose pods are ready/);
      expect(cluster.applied).to.deep.equal([{ manager: "program", image: OLD }]);
    });

    it("does not wait for the new version in vain when an earlier try has put the old one back", async () => {
      const { summary } = await rolled(true, {
        deployment: deployment({ image: OLD, version: "1.0.0" }),
        pods: crashing().slice(1),
      });
      expect(summary).to.match(/did not become ready before\. It was put back to 1\.0\.0/);
    });

    describe("to another configuration of the same image", () => {
      const same = { version: "1.0.0", image: IMAGE, manager: "program" };
      const before = { version: "1.0.0", template: "of 1.0.0" };
      const crashed = {
        restartCount: 9,
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { exitCode: 1, finishedAt: new Date().toISOString() } },
      };
      async function configured(template: string | undefined, objects: Partial<ClusterDouble["objects"]>) {
        cluster = await clusterDouble({ endpoints: [endpoint("1"), endpoint("2")], ...objects });
        const replaces = { ...same, putBack: deployment(before) };
        const asked = ready.settings.parse({ ...settings(0.1), template, replaces });
        return awaitReady(asked, testContext(), cluster.api);
      }
      const next = deployment({ version: "2.0.0", template: "of 2.0.0" });

      it("is not reached while pods of the old one are there, ready as they are", async () => {
        const pods = [pod("a", { template: "of 1.0.0" }), pod("b", { template: "of 1.0.0" })];
        const { ok, summary } = await configured("of 2.0.0", { deployment: next, pods });
        expect(ok).to.equal(false);
        expect(summary).to.match(
          /0\.1 s have passed and 2 pods still have another image, or another configuration/,
        );
      });

      it("is not kept from it by an old pod that crashes, which it may be meant to mend", async () => {
        const pods = [
          pod("a", { template: "of 1.0.0", ready: false, container: crashed }),
          pod("b", { template: "of 2.0.0" }),
        ];
        const { summary } = await configured("of 2.0.0", { deployment: next, pods });
        expect(summary).to.match(/0\.1 s have passed and 1 pods still have/);
      });

      it("is reached once every pod has it", async () => {
        const pods = ["a", "b"].map((name) => pod(name, { template: "of 2.0.0" }));
        const { ok, summary } = await configured("of 2.0.0", { deployment: next, pods });
        expect(ok, summary).to.equal(true);
      });

      it("goes by the Deployment's own count where no digest tells the pods apart", async () => {
        const pods = [pod("a"), pod("b"), pod("c")];
        const rolling = deployment({ version: "2.0.0", replicas: 3, updated: 1 });
        const { summary } = await configured(undefined, { deployment: rolling, pods });
        expect(summary).to.match(/0\.1 s have passed and 2 pods are still as the Deployment had them before/);
      });

      it("knows by the version that an earlier try has put the old one back", async () => {
        const pods = ["a", "b"].map((name) => pod(name, { template: "of 1.0.0" }));
        const { summary } = await configured("of 2.0.0", { deployment: deployment(before), pods });
        expect(summary).to.match(
          /did not become ready before\. It was put back to 1\.0\.0, all of whose pods/,
        );
      });
    });

    it("puts nothing back where the update was over before, and more pods of the new version find no room", async () => {
      const { ok, summary } = await rolled(true, { pods: [pod("a"), crashing()[0] ?? {}] });
      expect(ok).to.equal(false);
      expect(summary).to.match(
        /ErrImageNeverPull.*No pod of 1\.0\.0 was there any more, so none was put back/,
      );
      expect(cluster.applied).to.deep.equal([]);
    });

    it("writes nothing where the pods become ready", async () => {
      const { ok } = await rolled(true, { pods: [pod("a"), pod("b")] });
      expect(ok).to.equal(true);
      expect(cluster.applied).to.deep.equal([]);
    });
  });

  it("follows what happens, and logs each situation once", async () => {
    cluster = await clusterDouble({ deployment: undefined });
    const context = testContext();
    const steps: [RegExp, () => void][] = [
      [/there is no Deployment/, () => (cluster.objects.deployment = deployment({ image: "old" }))],
      [/asks for old/, () => (cluster.objects.deployment = deployment({ observed: 1 }))],
      [/not been observed/, () => (cluster.objects.deployment = deployment({ available: 1 }))],
      [
        /0 of 2 pods are ready/,
        () => cluster.objects.pods.push(pod("a"), pod("b"), pod("c", { image: "old" })),
      ],
      [
        /1 pods still have another image/,
        () => (cluster.objects.pods[2] = pod("c", { image: "old", deleted: true })),
      ],
      [/1 of 2 pods have been ready for as long as/, () => (cluster.objects.deployment = deployment())],
      [/holds 0 of 2/, () => cluster.objects.endpoints.push(endpoint("1"), endpoint("2", false))],
      [/holds 1 of 2/, () => cluster.objects.endpoints.push(endpoint("3"))],
      [/are ready/, () => undefined],
    ];
    const log = (line: string) => {
      const [pattern, next] = steps[context.lines.length] ?? [/nothing more/, () => undefined];
      expect(line).to.match(pattern);
      context.log(line);
      next();
    };
    const result = await awaitReady(settings(10), { ...context, log }, cluster.api);
    expect(result.ok, result.summary).to.equal(true);
    expect(context.lines).to.have.length(steps.length);
  });

  it("fails when an image could not be pulled twice, not after the first time", async () => {
    const waiting = { state: { waiting: { reason: "ImagePullBackOff", message: "Back-off" } } };
    const failed = (count: number) => ({
      reason: "Failed",
      message: 'Failed to pull image "x": not found',
      count,
      involvedObject: { name: "a", uid: "uid-a" },
    });
    const pods = [pod("a", { ready: false, container: waiting })];
    expect((await outcome({ pods, events: [failed(1)] })).summary).to.match(
      /0.1 s have passed and 0 of 2 pods are ready; a: ImagePullBackOff/,
    );
    await cluster.close();
    const result = await outcome({ pods, events: [failed(2)] });
    expect(result.ok).to.equal(false);
    expect(result.summary).to.match(
      /^Cannot call book-green ready as pod a cannot pull registry\/address-book@sha256:2 after 2 attempts: not found. It was given no more traffic/,
    );
  });

  it("fails at once on an image name that is none", async () => {
    const waiting = { state: { waiting: { reason: "InvalidImageName", message: "couldn't parse" } } };
    const result = await outcome({ pods: [pod("a", { ready: false, container: waiting })] }, 5);
    expect(result.summary).to.include(
      "cannot pull registry/address-book@sha256:2: InvalidImageName: couldn't parse",
    );
  });

  it("fails on a container that ended three times, with its exit code and last words", async () => {
    const crashed = (restartCount: number, finishedAt = new Date().toISOString()) => ({
      restartCount,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 137, reason: "OOMKilled", message: "no room\n", finishedAt } },
    });
    const twice = await outcome({ pods: [pod("a", { ready: false, container: crashed(1) })] });
    expect(twice.summary).to.include("0.1 s have passed");
    await cluster.close();
    const thrice = await outcome({ pods: [pod("a", { ready: false, container: crashed(2) })] });
    expect(thrice.summary).to.include(
      "container app of pod a has ended 3 times, last with exit code 137 (OOMKilled): no room",
    );
    await cluster.close();
    const longAgo = await outcome({
      pods: [pod("a", { ready: false, container: crashed(9, "2020-01-01T00:00:00Z") })],
    });
    expect(longAgo.summary).to.include("0.1 s have passed");
  });

  it("fails when its ServiceAccount may not look", async () => {
    cluster = await clusterDouble();
    cluster.status = 403;
    const result = await awaitReady(settings(), testContext(), cluster.api);
    expect(result.summary).to.match(
      /^Cannot call book-green ready as Cannot read .*deployments.* answered 403: status 403. Grant it/,
    );
  });

  it("waits through an API server that is away", async () => {
    cluster = await clusterDouble({ pods: [pod("a"), pod("b")], endpoints: [endpoint("1"), endpoint("2")] });
    cluster.status = 503;
    const context = testContext();
    const log = (line: string) => {
      context.log(line);
      cluster.status = 200;
    };
    const result = await awaitReady(settings(), { ...context, log }, cluster.api);
    expect(result.ok, result.summary).to.equal(true);
    expect(context.lines[0]).to.match(/^the Kubernetes API does not answer: .*answer 503: status 503/);
  });

  it("stops when it is told to", async () => {
    cluster = await clusterDouble();
    const context = testContext();
    const running = awaitReady(settings(), { ...context, log: () => context.stop() }, cluster.api);
    const outcome = await running.then(
      () => "ended",
      (error: Error) => `${error.name}: ${error.message}`,
    );
    expect(outcome).to.match(/abort|SIGTERM/i);
  });
});

describe("judge", () => {
  const wanted: Wanted = { deployment: "book-green", replicas: 2, image: IMAGE };
  const sight = (pods: object[], more: object = deployment()): Sight => ({
    at: Date.now(),
    deployment: deploymentShape.parse(more),
    pods: pods.map((each) => podShape.parse(each)),
    leads: [{ service: "book-green", slices: [] }],
    events: [],
  });
  const lastingFor = (milliseconds: number) => () => milliseconds;

  for (const [what, tooEarly, late, pods, more, sentence] of [
    [
      "a pod that cannot be scheduled",
      29_999,
      30_000,
      [
        pod("a", {
          ready: false,
          scheduled: { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" },
        }),
      ],
      deployment(),
      "pod a cannot be scheduled: Unschedulable: 0/1 nodes",
    ],
    [
      "a container without its Secret",
      14_999,
      15_000,
      [
        pod("a", {
          ready: false,
          container: {
            state: { waiting: { reason: "CreateContainerConfigError", message: 'secret "x" not found' } },
          },
        }),
      ],
      deployment(),
      'pod a cannot start container app: CreateContainerConfigError: secret "x" not found',
    ],
    [
      "pods that the cluster refuses",
      14_999,
      15_000,
      [],
      deployment({
        conditions: [
          { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota" },
        ],
      }),
      "the cluster refuses pods of book-green: FailedCreate: exceeded quota",
    ],
  ] as const) {
    it(`gives up on ${what} after ${late / 1_000} s, not before`, () => {
      expect(judge(wanted, sight([...pods], more), lastingFor(tooEarly)).state).to.equal("waiting");
      expect(judge(wanted, sight([...pods], more), lastingFor(late))).to.include({
        state: "failed",
        why: sentence,
      });
    });
  }

  it("believes the Deployment controller when it gives up", () => {
    const stuck = deployment({
      conditions: [
        { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "late" },
      ],
    });
    expect(judge(wanted, sight([], stuck), lastingFor(0)).why).to.equal(
      "book-green makes no progress: 0 of 2 pods are ready",
    );
  });

  it("counts an endpoint of two address families once", () => {
    const endpoints = ["1", "2"].map((address) => ({ addresses: [address], conditions: { ready: true } }));
    const slices = [
      { addressType: "IPv4", endpoints },
      { addressType: "IPv6", endpoints },
    ];
    const leads = [{ service: "book-green", slices }];
    expect(judge(wanted, { ...sight([pod("a"), pod("b")]), leads }, lastingFor(0))).to.include({
      state: "ready",
      readyEndpoints: 2,
    });
  });
});
