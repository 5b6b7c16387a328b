import type { Spec } from "../traffic/backend.ts";
import { PROBE_HEADER } from "../traffic/probe-rule.ts";
import { routeSpec, withResponseHeader, type Rule } from "../traffic/route-shape.ts";
import { routeProblem, type RouteStatus } from "./route-status.ts";

/** Header by which the trial's whole rule shows that it answers. */
export const TRIAL_HEADER = "x-zero-downtime-trial";

/**
 * Host of the trial's route: nobody else asks for it, as nobody else knows the attempt's text, and
 * no DNS server ever resolves it (RFC 6761).
 */
export const trialHost = (attempt: string): string => `${attempt}.zero-downtime.invalid`;

/** Name of the trial's route. */
export const trialName = (app: string): string => `${app}-trial`;

/**
 * The route on which a gateway is tried: the rule for the probe alone, as it is to stand in the
 * user's route, under a host of its own. What backends are to add to answers is not in the core of
 * the Gateway API: a gateway may refuse the whole route for it, or accept it and add nothing.
 *
 * @param probed the user's route with the rule for the probe
 * @throws {RangeError} where it has none
 */
export function trialSpec(probed: Spec, attempt: string): Spec {
  const { parentRefs, rules } = routeSpec.parse(probed);
  const rule = rules.find(isForProbe);
  if (!rule) throw new RangeError("Cannot try a Gateway with a route that has no rule for the probe");
  const tried = withResponseHeader(rule, "set", { name: TRIAL_HEADER, value: attempt });
  return {
    ...(parentRefs ? { parentRefs } : {}),
    hostnames: [trialHost(attempt)],
    rules: [tried],
  };
}

const isForProbe = ({ matches }: Rule): boolean =>
  matches.some(({ headers = [] }) => headers.some(({ name }) => name === PROBE_HEADER));

/**
 * Why the user's route can have no rule for the probe, as part of a sentence; null where it can: a
 * gateway has accepted the trial's route.
 *
 * @param found the trial's route in the cluster; undefined: there is none yet
 */
export const whyNotTried = (found: RouteStatus | undefined): string | null =>
  found === undefined
    ? "the Gateway has not been tried yet, which this up does for the next"
    : routeProblem(found);
