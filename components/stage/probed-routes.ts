import { trialSpec } from "../../protocol/identity/trial-route.ts";
import type { Spec } from "../../protocol/traffic/backend.ts";
import { entranceKind } from "../../protocol/traffic/backends.ts";
import type { Entrance } from "../../protocol/traffic/entrance.ts";
import { withProbeRule } from "../../protocol/traffic/probe-rule.ts";
import { chosenIdentity } from "../identity/chosen-identity.ts";
import type { WrittenForProbe } from "../traffic-route.ts";
import { publicEntrances } from "./public-entrances.ts";
import { routingOf } from "./routing.ts";
import type { StageContext } from "./stage-context.ts";

/** A route that leads to the application where the probe asks, with a rule for the probe. */
export interface ProbedRoute {
  readonly route: Entrance;
  readonly spec: Spec;
}

/** The routes that can have a rule for the probe, or why none of them can. */
export type ProbedRoutes = readonly ProbedRoute[] | { readonly why: string };

/** Path at which the probe asks who answers. */
export function identityPath({ config }: StageContext): string {
  const { identity, identityPath: path } = config.app;
  return typeof identity === "object" && "path" in identity ? identity.path : path;
}

/** The routes of a stage with a rule for the probe, whether or not they are to have it. */
export function probedRoutes(context: StageContext): ProbedRoutes {
  const { objects, services } = publicEntrances(context);
  const request = { attempt: context.probeValue, path: identityPath(context) };
  const routes = objects.filter(({ kind }) => kind === "HTTPRoute");
  const tried = routes.map((route) => {
    const written = entranceKind(route.kind).spec(route, services, routingOf(context));
    return { route, ...withProbeRule(written, services, request) };
  });
  const probed = tried.flatMap((each) => ("spec" in each ? [each] : []));
  const [first] = tried.flatMap((each) => ("why" in each ? [each.why] : []));
  return probed.length > 0 ? probed : { why: first ?? "no HTTPRoute leads to the application" };
}

/** Why the gateway does not name who answers, as part of a sentence; null: it does. */
export function whyUnnamed(context: StageContext): string | null {
  const probed = probedRoutes(context);
  return "why" in probed ? probed.why : context.untried;
}

/**
 * A rule for the probe where a gateway has accepted such a one before, and in any case one to be
 * tried on a route of its own; nothing where the gateway does not have to name who answers.
 */
export function writtenForProbe(context: StageContext): WrittenForProbe {
  const probed = chosenIdentity(context.config) === "entrance" ? probedRoutes(context) : [];
  const routes = "why" in probed ? [] : probed;
  const [first] = routes;
  const specs = context.untried === null ? routes.map(({ route, spec }) => [route.name, spec] as const) : [];
  return { specs: new Map(specs), trial: first ? trialSpec(first.spec, context.probeValue) : null };
}
