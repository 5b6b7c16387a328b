import { z } from "zod";
import type { Finding } from "../../manifests/kube-object.ts";

const names = z.array(z.string()).default([]);

/** What the API server says that a login may do in a namespace. */
export const rulesReview = z
  .object({
    status: z.object({
      incomplete: z.boolean().default(false),
      resourceRules: z
        .array(z.object({ verbs: names, apiGroups: names, resources: names, resourceNames: names }))
        .default([]),
    }),
  })
  .transform(({ status: { incomplete, resourceRules } }) => (incomplete ? null : resourceRules));

/** Null where the API server cannot name all rights, as something else decides on them too. */
export type Rules = z.infer<typeof rulesReview>;

/** An object that the release makes, changes and takes away. */
export interface Handled {
  /** API group; empty for the core's. */
  readonly group: string;
  /** Its kind's name in paths. */
  readonly resource: string;
  readonly name: string;
}

/** What happens to an object in the course of releases. */
const VERBS = ["get", "create", "patch", "delete"] as const;

/** Rights that a release needs and the kubeconfig's login lacks: the stage would fail halfway. */
export function rightFindings(rules: Rules, handled: readonly Handled[], namespace: string): Finding[] {
  if (rules === null) return [];
  const missing = handled.map((each) => ({
    what: each.group === "" ? each.resource : `${each.resource}.${each.group}`,
    verbs: VERBS.filter((verb) => !isAllowed(rules, verb, each)).join(", "),
  }));
  const byVerbs = Map.groupBy(
    missing.filter(({ verbs }) => verbs !== ""),
    ({ verbs }) => verbs,
  );
  if (byVerbs.size === 0) return [];
  const lacks = Array.from(
    byVerbs,
    ([verbs, group]) => `${verbs} (${[...new Set(group.map(({ what }) => what))].join(", ")})`,
  );
  return [
    {
      source: null,
      text: `The kubeconfig's login lacks rights that the release needs in namespace ${namespace}: ${lacks.join("; ")}`,
      advice: "Ask whoever runs the cluster for them, or use another kubeconfig (zero-downtime:cluster)",
    },
  ];
}

const isAllowed = (
  rules: NonNullable<Rules>,
  verb: (typeof VERBS)[number],
  { group, resource, name }: Handled,
): boolean =>
  rules.some(
    ({ verbs, apiGroups, resources, resourceNames }) =>
      isNamed(verbs, verb) &&
      isNamed(apiGroups, group) &&
      isNamed(resources, resource) &&
      (resourceNames.length === 0 || resourceNames.includes(name)),
  );

const isNamed = (among: readonly string[], name: string): boolean =>
  among.includes("*") || among.includes(name);
