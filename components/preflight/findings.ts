import type { Finding } from "../../manifests/kube-object.ts";
import { unaskedIn, valueOf, valuesIn, type Unasked } from "./cluster/answer.ts";
import type { ClusterFacts, Questions } from "./cluster/read-cluster.ts";
import { collisionFindings, isOwn } from "./collisions.ts";
import { groupOf, objectKey } from "./planned.ts";
import { podFindings } from "./refused-pods.ts";
import { withoutCollisions, writeFindings } from "./refused-writes.ts";
import { nodeFindings } from "./room/node-room.ts";
import { quotaFindings, type NewObject } from "./room/quotas.ts";
import { versionFindings, type Served } from "./versions.ts";

/** What follows from the cluster's answers. */
export interface Findings {
  /** Why the stage must not begin. */
  readonly refusals: readonly Finding[];
  /** What people should know. */
  readonly warnings: readonly Finding[];
  /** Questions without an answer: no reason to refuse anything. */
  readonly unasked: readonly Unasked[];
}

/** Pure: all that the cluster's answers say of a stage, at once. */
export function findingsIn(facts: ClusterFacts, questions: Questions): Findings {
  const { objects, pods } = facts;
  const served = servedIn(facts);
  const unasked = [
    ...unaskedIn([facts.version, facts.quotas, facts.nodes, ...objects.kinds.values(), ...objects.found]),
    ...unaskedIn([...objects.tried, ...pods.tried]),
    // The right to see a namespace is one that many do not have who work in it.
    ...unaskedIn([facts.hasNamespace]).filter(({ isForbidden }) => !isForbidden),
  ];
  const versions = versionFindings(served, questions.objects);
  if (valueOf(facts.hasNamespace) === false)
    return { refusals: [...versions, missingNamespace(questions.namespace)], warnings: [], unasked };
  const found = valuesIn(objects.found).flatMap((each) => (each ? [each] : []));
  const strangers = found.filter(({ metadata }) => !isOwn(metadata)).map(({ planned }) => planned);
  const writes = writeFindings(withoutCollisions(valuesIn(objects.tried), strangers));
  const isThere = new Set([...questions.known, ...found.map(({ planned }) => objectKey(planned))]);
  const quotas = quotaFindings(
    valueOf(facts.quotas) ?? [],
    pods.missing,
    questions.objects
      .filter((each) => !isThere.has(objectKey(each)))
      .flatMap((each) => newObject(each, served)),
  );
  const tried = podFindings(
    valuesIn(pods.tried),
    quotas.map(({ quota }) => quota),
  );
  const room = valueOf(facts.nodes);
  return {
    refusals: [
      ...versions,
      ...collisionFindings(found, questions.namespace),
      ...writes.refusals,
      ...tried.refusals,
      ...quotas,
    ],
    warnings: [...writes.warnings, ...tried.warnings, ...(room ? nodeFindings(room, pods.missing) : [])],
    unasked: [...unasked, ...writes.unasked, ...tried.unasked],
  };
}

function servedIn({ version, objects }: ClusterFacts): Served {
  const kinds = [...objects.kinds].flatMap(([apiVersion, answer]) =>
    "value" in answer ? [[apiVersion, answer.value] as const] : [],
  );
  return { version: valueOf(version) ?? undefined, kinds: new Map(kinds) };
}

const missingNamespace = (namespace: string): Finding => ({
  source: null,
  text: `There is no namespace ${namespace}, where the release has to be`,
  advice: `Create it (kubectl create namespace ${namespace}), or set zero-downtime:namespace`,
});

function newObject({ apiVersion, kind }: Questions["objects"][number], { kinds }: Served): NewObject[] {
  const served = kinds.get(apiVersion)?.find((each) => each.kind === kind);
  return served ? [{ group: groupOf(apiVersion), resource: served.resource }] : [];
}
