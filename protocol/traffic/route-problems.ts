import { WORKLOADS } from "../../release/workload.ts";
import type { Config } from "../config/config-schema.ts";
import type { DeepReadonly } from "../deep-readonly.ts";
import type { Testers } from "./backend.ts";
import { testersOf, type TrafficMode } from "./backends.ts";
import { isFollowed, type Services } from "./backend-pair.ts";
import { titleOfEntrance, type Entrance, type Entrances } from "./entrance.ts";
import { asksFor } from "./route-rules.ts";
import {
  MOST_BACKENDS,
  MOST_HEADERS,
  MOST_MATCHES,
  MOST_RULES,
  routeSpec,
  type BackendRef,
  type Rule,
} from "./route-shape.ts";

/**
 * Why an application's entrances do not fit what config says of traffic, or cannot be written for a
 * release. Texts for people; empty where all is well.
 */
export const entranceProblems = (
  { traffic, canary }: DeepReadonly<Pick<Config, "traffic" | "canary">>,
  entrances: Entrances,
): string[] => [
  ...modeProblems(traffic.mode, entrances),
  ...routeProblems(entrances, {
    testers: testersOf(traffic),
    isSticky: canary.stickiness !== undefined,
  }),
];

/**
 * Users come in by what config says: the probe asks there, and only a route has weights for a
 * canary.
 */
function modeProblems(mode: TrafficMode, { objects, services }: Entrances): string[] {
  const routes = objects.filter(({ kind }) => kind === "HTTPRoute").map(titleOfEntrance);
  const names = services.map(({ name }) => name).join(", ");
  if (mode === "gateway" && routes.length === 0)
    return [
      `no HTTPRoute leads to Service ${names}, and traffic.mode gateway moves traffic by one: add it to the manifests, or set traffic.mode service`,
    ];
  if (mode === "service" && routes.length > 0)
    return [
      `${routes.join(", ")} leads to Service ${names}, and traffic.mode service moves traffic by the Service alone: set traffic.mode gateway`,
    ];
  return [];
}

/** What config wants of routes besides weights. */
export interface RouteWishes {
  /** `traffic.candidateHeader`; null: none. */
  readonly testers: Testers | null;
  /** Whether a cookie keeps users where they are (`canary.stickiness`). */
  readonly isSticky: boolean;
}

/**
 * Why the routes cannot be written for a release: what the API server would refuse of them once the
 * workloads are in them. One text each, with the object and the number of its rule; empty where all
 * is well.
 */
export const routeProblems = ({ objects, services }: Entrances, wishes: RouteWishes): string[] =>
  objects.flatMap((object) => (object.kind === "HTTPRoute" ? problemsOf(object, services, wishes) : []));

function problemsOf(route: Entrance, services: Services, wishes: RouteWishes): string[] {
  const { rules } = routeSpec.parse(route.spec);
  const title = titleOfEntrance(route);
  const isLeading = ({ backendRefs = [] }: Rule) => backendRefs.some((ref) => isFollowed(ref, services));
  return [
    ...sizeProblems(title, rules, isLeading, wishes),
    ...rules.flatMap((rule, at) =>
      isLeading(rule) ? ruleProblems(`${title}, rule ${at + 1}`, rule, services, wishes) : [],
    ),
  ];
}

function sizeProblems(
  title: string,
  rules: readonly Rule[],
  isLeading: (rule: Rule) => boolean,
  wishes: RouteWishes,
): string[] {
  const copies = copiesWith(wishes);
  const withCopies = (count: (rule: Rule) => number) =>
    rules.reduce((sum, rule) => sum + count(rule) * (isLeading(rule) ? 1 + copies : 1), 0);
  const sizes = [
    { what: "rules", size: withCopies(() => 1), most: MOST_RULES },
    { what: "matches", size: withCopies(({ matches }) => matches.length), most: MOST_MATCHES },
  ];
  return sizes
    .filter(({ size, most }) => size > most)
    .map(
      ({ what, size, most }) =>
        `${title} would have ${size} ${what} with those for ${wishedFor(wishes)}, and a route has at most ${most}: divide it into several, or do without these`,
    );
}

/** How many rules stand before each that leads to the application. */
const copiesWith = ({ testers, isSticky }: RouteWishes): number => (testers ? 1 : 0) + (isSticky ? 2 : 0);

const wishedFor = ({ testers, isSticky }: RouteWishes): string =>
  [
    ...(testers ? ["testers (traffic.candidateHeader)"] : []),
    ...(isSticky ? ["users who stay (canary.stickiness)"] : []),
  ].join(" and ") || "a release";

function ruleProblems(where: string, rule: Rule, services: Services, wishes: RouteWishes): string[] {
  const { backendRefs: refs = [], matches } = rule;
  const { testers, isSticky } = wishes;
  const problems: string[] = [];
  const own = refs.filter((ref) => isFollowed(ref, services)).length;
  const backends = refs.length - own + own * WORKLOADS.length;
  if (backends > MOST_BACKENDS)
    problems.push(
      `${where} would have ${backends} backends with each version's own, and a rule has at most ${MOST_BACKENDS}: divide it into several`,
    );
  const headers = [
    ...(testers ? [{ name: testers.name, key: "traffic.candidateHeader" }] : []),
    ...(isSticky ? [{ name: "Cookie", key: "canary.stickiness" }] : []),
  ];
  for (const { name, key } of headers.filter(({ name }) => matches.some((match) => asksFor(match, name))))
    problems.push(
      `${where} matches by the header ${name}, which ${key} needs for itself, and a match asks for a header once: use another one`,
    );
  if (headers.length > 0 && matches.some((match) => (match.headers?.length ?? 0) >= MOST_HEADERS))
    problems.push(
      `${where} matches by ${MOST_HEADERS} headers, the most that there may be, and ${headers.map(({ key }) => key).join(" and ")} need one more: take one away`,
    );
  if (isSticky && refs.some((ref) => isFollowed(ref, services) && addsCookie(ref)))
    problems.push(
      `${where} has a backend that adds the header Set-Cookie, which canary.stickiness needs for itself, and a filter adds a header once: let the application set that cookie`,
    );
  return problems;
}

const addsCookie = ({ filters = [] }: BackendRef): boolean =>
  filters.some(({ responseHeaderModifier: { add = [] } = {} }) =>
    add.some(({ name }) => name.toLowerCase() === "set-cookie"),
  );
