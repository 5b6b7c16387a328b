import { canonical, type Json } from "../../release/release.ts";
import { WORKLOADS, type Weights } from "../../release/workload.ts";
import type { TrafficFound } from "./backend.ts";
import { isFollowed, workloadBehind, type Services } from "./backend-pair.ts";
import { PROBE_HEADER } from "./probe-rule.ts";
import { asksFor } from "./route-rules.ts";
import type { BackendRef, Match, Rule } from "./route-shape.ts";

/**
 * Who gets how much by the rules of a route in the cluster, whoever wrote them. Rules for testers,
 * for users who stay and for the probe are not everybody's, and do not count.
 *
 * @param rules as the cluster has them
 * @param given as the files have them
 */
export function trafficByRules(
  rules: readonly Rule[],
  given: readonly Rule[],
  services: Services,
): TrafficFound {
  const found = rules.flatMap((rule, at) => {
    const original = given.find(({ matches }) => same(matches, rule.matches));
    const isForSome = !original && isCopyForSome(rule, rules.slice(at + 1), services);
    const weights = isForSome ? null : weightsOf(rule, original, services);
    return weights ? [weights] : [];
  });
  const [weights = {}, ...others] = found;
  return { weights, others: others.filter((other) => !same(other, weights)) };
}

const same = (one: unknown, two: unknown): boolean => canonical(one as Json) === canonical(two as Json);

/**
 * Whether a rule is one that the program adds: for requests with one header more than those of a
 * later rule, all of them to one workload.
 */
function isCopyForSome(rule: Rule, later: readonly Rule[], services: Services): boolean {
  if (rule.matches.every((match) => asksFor(match, PROBE_HEADER))) return true;
  const workloads = new Set((rule.backendRefs ?? []).map((ref) => workloadBehind(ref, services)));
  if (workloads.size !== 1) return false;
  return later.some(({ matches }) =>
    rule.matches.every((match) => matches.some((other) => isNarrower(match, other))),
  );
}

/** Whether two matches differ by headers only, of which one asks for all that the other does. */
function isNarrower({ headers = [], ...match }: Match, { headers: fewer = [], ...other }: Match): boolean {
  return same(match, other) && fewer.every((header) => headers.some((one) => same(one, header)));
}

/**
 * Percent of a rule's traffic for the Services that follow it; null where it gives them none. In
 * the rule as the files have it others may have their part, and they may have that and no more.
 */
function weightsOf(rule: Rule, original: Rule | undefined, services: Services): Weights | null {
  const refs = rule.backendRefs ?? [];
  const toWorkload = WORKLOADS.map((workload) => {
    const own = refs.filter((ref) => workloadBehind(ref, services) === workload);
    return { workload, isThere: own.length > 0, sum: sumOf(own) };
  }).filter(({ isThere }) => isThere);
  if (toWorkload.length === 0) return null;
  const ours = toWorkload.reduce((total, { sum }) => total + sum, 0);
  // Of a rule that the files do not have nobody can say how much is for others.
  const given = original?.backendRefs ?? [];
  const followed = original ? sumOf(given.filter((ref) => isFollowed(ref, services))) : 1;
  const all = original ? sumOf(given) : 1;
  const out = original ? sumOf(refs) : ours;
  if (original && followed === 0) return null;
  const percent = (sum: number) => (out === 0 ? 0 : (100 * sum * all) / (out * followed));
  return Object.fromEntries(toWorkload.map(({ workload, sum }) => [workload, percent(sum)]));
}

const sumOf = (refs: readonly BackendRef[]): number => refs.reduce((total, { weight }) => total + weight, 0);
