import type { Properties } from "../../../../local/plugins/protocol/values.ts";

/**
 * A Deployment as the controller leaves it; `status` parts are replaced by what a test is about.
 */
export function deployment(
  replaced: { replicas?: number; available?: boolean; progressing?: string } = {},
): Properties {
  const { replicas = 2, available = true, progressing = "NewReplicaSetAvailable" } = replaced;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "book",
      namespace: "shop",
      uid: "deployment-uid",
      generation: 2,
      annotations: { "deployment.kubernetes.io/revision": "2" },
    },
    spec: { replicas },
    status: {
      observedGeneration: 2,
      conditions: [
        { type: "Progressing", status: "True", reason: progressing, message: "rolling" },
        {
          type: "Available",
          status: available ? "True" : "False",
          reason: available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
          message: "Deployment does not have minimum availability.",
        },
      ],
    },
  };
}

/** The ReplicaSet of a revision of that Deployment. */
export function replicaSet(replicas: number, ready: number, revision = "2"): Properties {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `book-${revision}`,
      namespace: "shop",
      uid: `replica-set-${revision}`,
      annotations: { "deployment.kubernetes.io/revision": revision },
      ownerReferences: [{ uid: "deployment-uid" }],
    },
    spec: { replicas },
    status: ready === 0 ? {} : { readyReplicas: ready },
  };
}

/** A pod whose container is in some state. */
export function pod(replaced: {
  owner?: string;
  ready?: boolean;
  state?: Properties;
  lastState?: Properties;
}): Properties {
  const { owner = "replica-set-2", ready = false, state = {}, lastState = {} } = replaced;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "book-x", namespace: "shop", uid: "pod-uid", ownerReferences: [{ uid: owner }] },
    status: {
      phase: ready ? "Running" : "Pending",
      conditions: [
        { type: "PodScheduled", status: "True" },
        { type: "Initialized", status: "True" },
        ready
          ? { type: "Ready", status: "True" }
          : {
              type: "Ready",
              status: "False",
              reason: "ContainersNotReady",
              message: "containers with unready status: [main]",
            },
      ],
      containerStatuses: [{ name: "main", ready, state, lastState }],
    },
  };
}

/** A Job with the given conditions and counts. */
export function job(status: Properties): Properties {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "migrate", namespace: "shop", uid: "job-uid" },
    status: { startTime: "2026-01-01T00:00:00Z", ...status },
  };
}
