import { z } from "zod";
import type { PlannedObject, PlannedPods } from "../planned.ts";
import type { NodeRoom } from "../room/node-room.ts";
import { rulesReview, type Rules } from "../rights.ts";
import { resourceQuota, type ResourceQuota } from "../room/quotas.ts";
import type { Answer } from "./answer.ts";
import { attempt, get, JSON_ONLY, list, type Send } from "./ask.ts";
import { readNodes } from "./read-nodes.ts";
import { readObjects, type ObjectFacts } from "./read-objects.ts";
import { readPods, type PodFacts } from "./read-pods.ts";
import { trialIn } from "./trial.ts";

/** What the cluster is asked about. */
export interface Questions {
  readonly namespace: string;
  readonly objects: readonly PlannedObject[];
  /** Keys of objects that the stack's state has: they are the release's. */
  readonly known: ReadonlySet<string>;
  readonly pods: readonly PlannedPods[];
}

/** What it has answered. */
export interface ClusterFacts {
  /** As in `v1.34.4`; null where it does not say. */
  readonly version: Answer<string | null>;
  readonly hasNamespace: Answer<boolean>;
  /** What the kubeconfig's login may do in the namespace. */
  readonly rules: Answer<Rules>;
  readonly objects: ObjectFacts;
  readonly pods: PodFacts;
  readonly quotas: Answer<readonly ResourceQuota[]>;
  /** Null: no pods are to be made, or there are too many nodes, or none. */
  readonly nodes: Answer<NodeRoom | null>;
}

/** Asks all that there is to ask, as much as possible at the same time. Nothing is changed. */
export async function readFacts(
  { namespace, objects: planned, known, pods: plannedPods }: Questions,
  send: Send,
): Promise<ClusterFacts> {
  const podsAsked = readPods(namespace, plannedPods, planned, send);
  const [version, hasNamespace, rules, quotas, objects, pods, nodes] = await Promise.all([
    readVersion(send),
    readNamespace(namespace, send),
    readRules(namespace, send),
    list(send, {
      what: "the namespace's quotas",
      shape: resourceQuota,
      path: `/api/v1/namespaces/${namespace}/resourcequotas`,
    }),
    readObjects(namespace, planned, known, send),
    podsAsked,
    podsAsked.then(({ missing }) => (missing.length > 0 ? readNodes(send) : { value: null })),
  ]);
  return { version, hasNamespace, rules, objects, pods, quotas, nodes };
}

const versionShape = z.object({ gitVersion: z.string() }).transform(({ gitVersion }) => gitVersion);

const readVersion = (send: Send): Promise<Answer<string | null>> =>
  get(send, { what: "the cluster's version", shape: versionShape, path: "/version" });

async function readNamespace(namespace: string, send: Send): Promise<Answer<boolean>> {
  const path = `/api/v1/namespaces/${namespace}`;
  const answer = await get(send, { what: `namespace ${namespace}`, shape: z.unknown(), path });
  return "unasked" in answer ? answer : { value: answer.value !== null };
}

const readRules = (namespace: string, send: Send): Promise<Answer<Rules>> =>
  attempt("the login's rights", async () => {
    const kind = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview" };
    const answer = await send({
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
      query: "",
      headers: { ...JSON_ONLY, "content-type": "application/json" },
      body: JSON.stringify({ ...kind, spec: { namespace } }),
    });
    if (answer.status < 300) return { value: rulesReview.parse(JSON.parse(answer.body)) };
    const { status, message } = trialIn(answer);
    return { unasked: { what: "the login's rights", why: message, isForbidden: status === 403 } };
  });
