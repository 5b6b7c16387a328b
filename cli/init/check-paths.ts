import { valueAt } from "../../manifests/kube-object.ts";
import { readinessPath } from "../../manifests/readiness-path.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import type { Json } from "../../release/release.ts";

/** Where checks ask an application of which only the manifests are known. */
export interface CheckPaths {
  /** Path that answers with 200 when a pod can serve; null where no HTTP probe says so. */
  readonly readiness: string | null;
  /** Path at which the probe asks who answers: one that leads to the application. */
  readonly identity: string;
}

/** The readiness probe's path is the probe's too, where a route leads it to the application. */
export function checkPaths({ web, entrances }: VersionObjects): CheckPaths {
  const readiness = readinessPath(web);
  const route = entrances.objects.find(({ kind }) => kind === "HTTPRoute");
  const services = entrances.services.map(({ name }) => name);
  const matched = route ? firstMatch(route.spec, services) : null;
  if (matched === null || (readiness !== null && isMet(matched, readiness)))
    return { readiness, identity: readiness ?? "/" };
  return { readiness, identity: matched.value };
}

interface PathMatch {
  readonly type: Json;
  readonly value: string;
}

/** The first path by which a route leads to one of the Services; null where none is plain. */
function firstMatch(spec: Json, services: readonly string[]): PathMatch | null {
  const rules = (valueAt(spec, ["rules"]) ?? []) as readonly Json[];
  const leadsHere = (rule: Json) =>
    ((valueAt(rule, ["backendRefs"]) ?? []) as readonly Json[]).some((ref) =>
      services.some((name) => valueAt(ref, ["name"]) === name),
    );
  const matches = rules.filter(leadsHere).flatMap((rule) => {
    const written = (valueAt(rule, ["matches"]) ?? []) as readonly Json[];
    return written.length > 0 ? written : [{}];
  });
  const paths = matches.map((match) => ({
    type: valueAt(match, ["path", "type"]) ?? "PathPrefix",
    value: valueAt(match, ["path", "value"]) ?? "/",
  }));
  const plain = paths.find(({ type }) => type !== "RegularExpression");
  return plain ? { type: plain.type, value: String(plain.value) } : null;
}

function isMet({ type, value }: PathMatch, path: string): boolean {
  const prefix = value.replace(/\/$/, "");
  return type === "Exact" ? path === value : path === prefix || path.startsWith(`${prefix}/`);
}
