import { groupOf } from "../../manifests/built-in-kinds.ts";
import type { Finding } from "../../manifests/kube-object.ts";
import { isAtLeast, LEAST_VERSIONS } from "../../protocol/least-versions.ts";
import { GATEWAY_GROUP } from "../../protocol/traffic/route-shape.ts";
import { sourceIn, titleOf, type PlannedObject } from "./planned.ts";

/** A kind as the cluster serves it. */
export interface ServedKind {
  readonly kind: string;
  /** Its name in paths. */
  readonly resource: string;
  readonly isNamespaced: boolean;
}

/** What the cluster says of itself; what it was not asked, or did not answer, is undefined. */
export interface Served {
  /** `v1.34.4`, maybe with more behind it. */
  readonly version: string | undefined;
  /** By `apiVersion`: null where the cluster serves none of that name. */
  readonly kinds: ReadonlyMap<string, readonly ServedKind[] | null>;
}

/** An older cluster than a release works on, and kinds of objects that it does not have. */
export function versionFindings({ version, kinds }: Served, objects: readonly PlannedObject[]): Finding[] {
  return [...kubernetesFindings(version), ...kindFindings(kinds, objects)];
}

function kubernetesFindings(version: string | undefined): Finding[] {
  const { title, version: least, why } = LEAST_VERSIONS.kubernetes;
  const [, digits] = /^v?(\d+\.\d+(?:\.\d+)?)/.exec(version ?? "") ?? [];
  if (digits === undefined || isAtLeast(digits, least)) return [];
  return [
    {
      source: null,
      text: `The cluster's ${title} must be at least ${least}, as ${why}: it is ${digits}`,
      advice: "Upgrade the cluster",
    },
  ];
}

function kindFindings(kinds: Served["kinds"], objects: readonly PlannedObject[]): Finding[] {
  const missing = objects.filter(({ apiVersion, kind }) => {
    const served = kinds.get(apiVersion);
    return served === null || (served && !served.some((each) => each.kind === kind));
  });
  const byKind = Map.groupBy(missing, ({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  return Array.from(byKind.values(), (group) => missingKind(group[0], group)).flat();
}

function missingKind(first: PlannedObject | undefined, group: readonly PlannedObject[]): Finding[] {
  if (!first) return [];
  const { apiVersion, kind } = first;
  const { title, version, why } = LEAST_VERSIONS.gatewayApi;
  const served = `The cluster serves no ${kind} of ${apiVersion}`;
  const source = sourceIn(first, []);
  if (groupOf(apiVersion) === GATEWAY_GROUP)
    return [
      {
        source,
        text: `${served}: its ${title} must be at least ${version}, as ${why}`,
        advice: `Install the standard channel of a newer ${title}, or use traffic.mode service`,
      },
    ];
  return [
    {
      source,
      text: `${served}, so ${group.map(titleOf).join(", ")} could not be written`,
      advice: `Install what brings that kind, or leave it out: zero-downtime:ignore: [${group.map(titleOf).join(", ")}]`,
    },
  ];
}
