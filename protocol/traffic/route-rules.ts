import { workloadService } from "./entrance.ts";
import { workloadsIn, type Routing, type Testers } from "./backend.ts";
import { isFollowed, type Services } from "./backend-pair.ts";
import { withResponseHeader, type BackendRef, type Match, type Rule } from "./route-shape.ts";
import type { Workload } from "../../release/workload.ts";

/**
 * The rules of a route by which workloads get the traffic of the Services that follow it: each of
 * its rules that leads to such a Service, and before it those for testers and for users who stay
 * where they are. Everything else of a rule is as it was.
 *
 * @param rules as the files have them
 */
export const routeRules = (rules: readonly Rule[], services: Services, routing: Routing): Rule[] =>
  rules.flatMap((rule) =>
    (rule.backendRefs ?? []).some((ref) => isFollowed(ref, services))
      ? [...rulesForSome(rule, services, routing), ruleForAll(rule, services, routing)]
      : [rule],
  );

/**
 * A Service becomes one for each workload, with the same filters. They share a hundred times its
 * weight, so everybody else has a hundred times his own.
 */
function ruleForAll(rule: Rule, services: Services, routing: Routing): Rule {
  const { weights } = routing;
  const backendRefs = (rule.backendRefs ?? []).flatMap((ref) =>
    isFollowed(ref, services)
      ? workloadsIn(routing).map((workload) =>
          meeting(ledTo(ref, workload, (weights[workload] ?? 0) * ref.weight), workload, routing),
        )
      : [{ ...ref, weight: ref.weight * 100 }],
  );
  return { ...rule, backendRefs };
}

const ledTo = (ref: BackendRef, workload: Workload, weight: number): BackendRef => ({
  ...ref,
  name: workloadService(ref.name, workload),
  weight,
});

/** Those who meet a backend are told to stay with it, where users stay. */
function meeting(ref: BackendRef, workload: Workload, { candidate, cookie }: Routing): BackendRef {
  const pair = candidate && cookie && pairOf(cookie, workload);
  if (!pair) return ref;
  const value = `${pair}; Path=/; HttpOnly; SameSite=Lax`;
  return withResponseHeader(ref, "add", { name: "Set-Cookie", value });
}

const pairOf = ({ name, values }: NonNullable<Routing["cookie"]>, workload: Workload): string | null => {
  const value = values[workload];
  return value === undefined ? null : `${name}=${value}`;
};

/** Copies of a rule for those whom a header sends to one workload, whatever its weight. */
function rulesForSome(rule: Rule, services: Services, routing: Routing): Rule[] {
  const { candidate, testers, cookie } = routing;
  if (candidate === null) return [];
  const testing = testers ? [{ workload: candidate, header: testersHeader(testers) }] : [];
  const staying = workloadsIn(routing).flatMap((workload) => {
    const pair = cookie && pairOf(cookie, workload);
    return pair ? [{ workload, header: cookieHeader(pair) }] : [];
  });
  return [...testing, ...staying].flatMap(({ workload, header }) => {
    const { name: _, ...unnamed } = rule;
    const matches = rule.matches.flatMap((match) => withHeader(match, header));
    const backendRefs = (rule.backendRefs ?? [])
      .filter((ref) => ref.weight > 0 && isFollowed(ref, services))
      .map((ref) => ledTo(ref, workload, ref.weight));
    return matches.length > 0 && backendRefs.length > 0 ? [{ ...unnamed, matches, backendRefs }] : [];
  });
}

type HeaderMatch = NonNullable<Match["headers"]>[number];

const testersHeader = ({ name, value }: Testers): HeaderMatch => ({ type: "Exact", name, value });

const cookieHeader = (pair: string): HeaderMatch => ({
  type: "RegularExpression",
  name: "Cookie",
  value: `(.*; *)?${pair}(;.*)?`,
});

/** None where the match asks for that header already: it may do so once only. */
const withHeader = (match: Match, header: HeaderMatch): Match[] =>
  asksFor(match, header.name) ? [] : [{ ...match, headers: [...(match.headers ?? []), header] }];

/** Whether a match asks for a header, whose names have no case. */
export const asksFor = ({ headers = [] }: Match, header: string): boolean =>
  headers.some(({ name }) => name.toLowerCase() === header.toLowerCase());
