import { expect } from "chai";
import {
  deploymentProblems,
  deploymentStatus,
  isDeploymentReady,
} from "../../../../local/plugins/kubernetes/await/deployment.ts";
import { checkJob } from "../../../../local/plugins/kubernetes/await/job.ts";
import { checkPod } from "../../../../local/plugins/kubernetes/await/pod-check.ts";
import { statefulSetStatus } from "../../../../local/plugins/kubernetes/await/stateful-set.ts";
import { deployment, job, pod, replicaSet } from "./objects-for-test.ts";

describe("a Deployment", () => {
  const status = (
    changed: Parameters<typeof deployment>[0],
    set: ReturnType<typeof replicaSet> | undefined,
  ): ReturnType<typeof deploymentStatus> =>
    deploymentStatus({ deployment: deployment(changed), replicaSet: set, claims: [] });

  it("is ready when it is available and its newest ReplicaSet has all its pods ready", () => {
    expect(isDeploymentReady(status({}, replicaSet(2, 2)))).to.equal(true);
    expect(isDeploymentReady(status({}, replicaSet(2, 1)))).to.equal(false);
    expect(isDeploymentReady(status({ available: false }, replicaSet(2, 2)))).to.equal(false);
    expect(isDeploymentReady(status({ progressing: "ReplicaSetUpdated" }, replicaSet(2, 2)))).to.equal(false);
    expect(isDeploymentReady(status({}, undefined))).to.equal(false);
  });

  it("is ready without any pod when it is scaled to none", () => {
    expect(isDeploymentReady(status({ replicas: 0 }, replicaSet(0, 0)))).to.equal(true);
  });

  it("is not ready before its controller has seen the newest generation", () => {
    const stale = deployment();
    const status = deploymentStatus({
      deployment: { ...stale, status: { observedGeneration: 1 } },
      replicaSet: replicaSet(2, 2),
      claims: [],
    });
    expect(isDeploymentReady(status)).to.equal(false);
  });

  it("names what is missing", () => {
    expect(deploymentProblems(status({ available: false }, replicaSet(2, 0)))).to.deep.equal([
      "[MinimumReplicasUnavailable] Deployment does not have minimum availability.",
      "Minimum number of live Pods was not attained",
    ]);
    expect(deploymentProblems(status({}, replicaSet(2, 1)))).to.deep.equal([
      "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live",
    ]);
  });
});

describe("a pod", () => {
  it("that cannot have its image names the reason", () => {
    const waiting = { waiting: { reason: "ErrImagePull", message: "no such image" } };
    expect(checkPod(pod({ state: waiting })).messages).to.deep.equal([
      {
        severity: "warning",
        text: "[Pod shop/book-x]: containers with unready status: [main][ErrImagePull] no such image",
      },
    ]);
  });

  it("that ended says so with its termination message, or with its exit code", () => {
    const ended = (message: string): string =>
      checkPod(pod({ state: { terminated: { reason: "Error", exitCode: 3, message } } })).messages[0]?.text ??
      "";
    expect(ended("")).to.contain('container "main" completed with exit code 3');
    expect(ended("boom")).to.contain("[Error] boom");
  });

  it("that crashes again and again says how it ended last", () => {
    const lastState = { terminated: { reason: "Error", exitCode: 1, finishedAt: "2026-01-01T00:00:00Z" } };
    const state = { waiting: { reason: "CrashLoopBackOff", message: "back-off" } };
    expect(checkPod(pod({ state, lastState })).messages[0]?.text).to.contain(
      '[CrashLoopBackOff] back-off\ncontainer "main" terminated at 2026-01-01T00:00:00Z (Error: exit code 1)',
    );
  });

  it("that is ready has nothing to say", () => {
    expect(checkPod(pod({ ready: true }))).to.deep.include({ ready: true, messages: [] });
  });
});

describe("a Job", () => {
  const condition = (type: string, reason: string): { conditions: { [key: string]: string }[] } => ({
    conditions: [{ type, status: "True", reason, message: "because" }],
  });

  it("is ready once it is complete", () => {
    expect(checkJob(job({ active: 1 })).ready).to.equal(false);
    expect(checkJob(job(condition("Complete", ""))).ready).to.equal(true);
  });

  it("has failed for good by its backoff limit and its deadline, and by nothing else", () => {
    expect(checkJob(job(condition("Failed", "BackoffLimitExceeded"))).failure).to.equal(
      "[BackoffLimitExceeded] because",
    );
    expect(checkJob(job(condition("Failed", "DeadlineExceeded"))).failure).to.equal(
      "[DeadlineExceeded] because",
    );
    expect(checkJob(job(condition("Failed", "PodFailurePolicy"))).failure).to.equal(undefined);
  });
});

describe("a StatefulSet", () => {
  const set = (status: { [key: string]: number | string }) => ({
    metadata: { name: "db", generation: 2 },
    spec: { replicas: 2 },
    status: { observedGeneration: 2, ...status },
  });
  const done = { replicas: 2, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 2 };

  it("is ready when all its pods are, in its newest revision", () => {
    const ready = statefulSetStatus(set({ ...done, currentRevision: "b", updateRevision: "b" }));
    expect([ready.replicasReady, ready.revisionReady]).to.deep.equal([true, true]);
    const rolling = statefulSetStatus(set({ ...done, currentRevision: "a", updateRevision: "b" }));
    expect(rolling.revisionReady).to.equal(false);
  });

  it("is not ready on the strength of what its controller saw before", () => {
    const stale = statefulSetStatus(
      set({ ...done, observedGeneration: 1, currentRevision: "b", updateRevision: "b" }),
    );
    expect([stale.replicasReady, stale.revisionReady]).to.deep.equal([false, false]);
  });
});
