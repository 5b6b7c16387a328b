import { groupOf } from "../../manifests/built-in-kinds.ts";
import type { Finding } from "../../manifests/kube-object.ts";
import { unaskedIn, valueOf, valuesIn, type Unasked } from "./cluster/answer.ts";
import type { ClusterFacts, Questions } from "./cluster/read-facts.ts";
import { collisionFindings, isStranger } from "./collisions.ts";
import { objectKey, type PlannedObject } from "./planned.ts";
import { podFindings, type TriedPods } from "./refused-pods.ts";
import { writeFindings, type TriedObject } from "./refused-writes.ts";
import { rightFindings, type Handled } from "./rights.ts";
import { nodeFindings } from "./room/node-room.ts";
import { quotaFindings } from "./room/quotas.ts";
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
  const { namespace, objects: planned } = questions;
  const { objects, pods } = facts;
  const served = servedIn(facts);
  const unasked = unaskedOf(facts);
  const versions = versionFindings(served, planned);
  if (valueOf(facts.hasNamespace) === false)
    return { refusals: [...versions, missingNamespace(namespace)], warnings: [], unasked };
  const found = valuesIn(objects.found).flatMap((each) => (each ? [each] : []));
  const strangers = new Set(found.filter(isStranger).map((each) => objectKey(each.planned)));
  const rules = valueOf(facts.rules) ?? null;
  // Of objects that belong to somebody else it only matters that they do.
  const own = valuesIn(objects.tried).filter((each) => !strangers.has(objectKey(each.planned)));
  const writes = writeFindings(own, rules !== null);
  const isThere = new Set([...questions.known, ...found.map((each) => objectKey(each.planned))]);
  const quotas = quotaFindings(
    valueOf(facts.quotas) ?? [],
    pods.missing,
    handled(
      planned.filter((each) => !isThere.has(objectKey(each))),
      served,
    ),
  );
  const tried = podFindings(
    valuesIn(pods.tried).filter((each) => !isToldBy(own, each)),
    quotas.map(({ quota }) => quota),
  );
  const room = valueOf(facts.nodes);
  return {
    refusals: [
      ...versions,
      ...rightFindings(rules, [...handled(planned, served), ...JOBS], namespace),
      ...collisionFindings(found, namespace),
      ...writes.refusals,
      ...tried.refusals,
      ...quotas,
    ],
    warnings: [...writes.warnings, ...tried.warnings, ...(room ? nodeFindings(room, pods.missing) : [])],
    unasked: [...unasked, ...writes.unasked, ...tried.unasked],
  };
}

/** What every stage makes under a name of its own. */
const JOBS: readonly Handled[] = [{ group: "batch", resource: "jobs", name: "" }];

const unaskedOf = ({
  version,
  rules,
  quotas,
  nodes,
  objects,
  pods,
  hasNamespace,
}: ClusterFacts): Unasked[] => [
  ...unaskedIn([version, rules, quotas, nodes, ...objects.kinds.values(), ...objects.found]),
  ...unaskedIn([...objects.tried, ...pods.tried]),
  // The right to see a namespace is one that many do not have who work in it.
  ...unaskedIn([hasNamespace]).filter(({ isForbidden }) => !isForbidden),
];

/** What is wrong with a template is told once, at the Deployment. */
const isToldBy = (own: readonly TriedObject[], { pods, trial }: TriedPods): boolean =>
  isWrong(trial) &&
  own.some(
    ({ planned: { kind, name }, trial: of }) =>
      kind === "Deployment" && name === pods.deployment && of.status >= 300,
  );

const isWrong = ({ status }: TriedPods["trial"]): boolean => status === 400 || status === 422;

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

/** Objects of a namespace by the names that rights and quotas have for them. */
const handled = (objects: readonly PlannedObject[], { kinds }: Served): Handled[] =>
  objects.flatMap(({ apiVersion, kind, name }) => {
    const served = kinds.get(apiVersion)?.find((each) => each.kind === kind);
    return served?.isNamespaced ? [{ group: groupOf(apiVersion), resource: served.resource, name }] : [];
  });
