import type { Spec } from "./backend.ts";
import { workloadBehind, type Services } from "./backend-pair.ts";
import {
  MOST_HEADERS,
  MOST_MATCHES,
  MOST_RULES,
  routeSpec,
  withResponseHeader,
  type BackendRef,
  type Match,
  type Rule,
} from "./route-shape.ts";

/** Header of the probe's own requests; its value is the attempt. */
export const PROBE_HEADER = "x-zero-downtime-probe";

/** Header of the answers to them, by which the gateway names the workload that answered. */
export const WORKLOAD_HEADER = "x-zero-downtime-workload";

/** What the probe asks for. */
export interface ProbeRequest {
  /** Value of {@link PROBE_HEADER}; nobody else knows it. */
  readonly attempt: string;
  /** Path, and query if any, of the probe's GET requests. */
  readonly path: string;
}

/** A route with a rule for the probe, or why it can have none. */
export type ProbedRoute = { readonly spec: Spec } | { readonly why: string };

/**
 * A route as it is written, with one rule more: a copy of the rule by which the gateway would
 * answer the probe, for requests with the probe's header, whose backends name their workload in a
 * header of the answer. No match is invented, as order gives no precedence: a longer path, a method
 * or more headers do.
 *
 * @param spec of an HTTPRoute that leads to the workloads
 * @param services those behind it that follow the traffic
 */
export function withProbeRule(spec: Spec, services: Services, { attempt, path }: ProbeRequest): ProbedRoute {
  const route = routeSpec.parse(spec);
  const { rules } = route;
  const met = metFirst(rules, path);
  if (!met) return { why: `no rule of the route is for GET ${path} without further headers` };
  const { rule, match, index } = met;
  const leadsToUs = (rule.backendRefs ?? []).some((ref) => ref.weight > 0 && workloadBehind(ref, services));
  if (!leadsToUs) return { why: `the route's rule for GET ${path} does not lead to the application` };
  const limits = [
    { what: "rules", now: rules.length, most: MOST_RULES },
    { what: "matches", now: rules.flatMap(({ matches }) => matches).length, most: MOST_MATCHES },
    { what: `headers in the match of GET ${path}`, now: match.headers?.length ?? 0, most: MOST_HEADERS },
  ];
  const full = limits.find(({ now, most }) => now >= most);
  if (full) return { why: `the route has ${full.now} ${full.what} already, and ${full.most} are the most` };
  const { name: _, ...unnamed } = rule;
  const header = { type: "Exact", name: PROBE_HEADER, value: attempt };
  const probed: Rule = {
    ...unnamed,
    matches: [{ ...match, headers: [...(match.headers ?? []), header] }],
    backendRefs: (rule.backendRefs ?? []).map((ref) => named(ref, services)),
  };
  return { spec: { ...route, rules: rules.toSpliced(index, 0, probed) } };
}

function named(ref: BackendRef, services: Services): BackendRef {
  const workload = workloadBehind(ref, services);
  return workload ? withResponseHeader(ref, "set", { name: WORKLOAD_HEADER, value: workload }) : ref;
}

interface Met {
  readonly rule: Rule;
  readonly match: Match;
  /** Of the rule. */
  readonly index: number;
}

/** The match by which a gateway answers a plain GET, by the precedence of the Gateway API. */
function metFirst(rules: readonly Rule[], path: string): Met | null {
  const met = rules.flatMap((rule, index) =>
    rule.matches.filter((match) => isMet(match, path)).map((match) => ({ rule, match, index })),
  );
  // Sorting is stable: of equals the first one counts.
  return met.toSorted((one, two) => compare(precedence(two.match), precedence(one.match)))[0] ?? null;
}

/** Whether a GET without headers of its own meets a match. */
function isMet({ path: wanted, method, headers = [], queryParams = [] }: Match, requested: string): boolean {
  const [path = "", query = ""] = requested.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  return (
    (method ?? "GET") === "GET" &&
    headers.length === 0 &&
    isPathMet(wanted, path) &&
    queryParams.every(({ type, name, value }) => isValueMet(type, value, parameters.get(name)))
  );
}

function isPathMet({ type, value }: Match["path"], path: string): boolean {
  if (type !== "PathPrefix") return isValueMet(type, value, path);
  // Prefixes match by whole elements, and a slash at their end means nothing.
  const prefix = value.replace(/\/$/, "");
  return path === prefix || path.startsWith(`${prefix}/`);
}

function isValueMet(type: string, value: string, found: string | null): boolean {
  if (found === null) return false;
  return type === "RegularExpression" ? (expression(value)?.test(found) ?? false) : found === value;
}

/** Null for one that JavaScript does not know; then nobody can say here whom it matches. */
function expression(value: string): RegExp | null {
  try {
    return new RegExp(`^(?:${value})$`);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What decides between matches that a request meets, the most important first. */
const precedence = ({ path: { type, value }, method, queryParams = [] }: Match): readonly number[] => [
  ["PathPrefix", "RegularExpression", "Exact"].indexOf(type),
  value.length,
  method === undefined ? 0 : 1,
  queryParams.length,
];

const compare = (one: readonly number[], two: readonly number[]): number =>
  one.map((value, at) => value - (two[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
