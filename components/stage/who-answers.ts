import { pagesOf } from "../../manifests/metric-pages.ts";
import { checkUrl } from "../../protocol/identity/check-url.ts";
import type { Identity, ToldByApplication } from "../../protocol/identity/identity.ts";
import { TRIAL_HEADER, trialHost } from "../../protocol/identity/trial-route.ts";
import type { SettingsFor } from "../../protocol/jobs/programs.ts";
import { ofWorkload } from "../../protocol/labels.ts";
import { backendOf } from "../../protocol/traffic/backends.ts";
import { hostIn } from "../../protocol/traffic/gateway-api.ts";
import { workloadService, type Followed } from "../../protocol/traffic/entrance.ts";
import { PROBE_HEADER, WORKLOAD_HEADER } from "../../protocol/traffic/probe-rule.ts";
import { routeSpec } from "../../protocol/traffic/route-shape.ts";
import { activeSlot, slotOf, type Colour, type Slot } from "../../release/release.ts";
import { leavingIn } from "../../release/tasks.ts";
import { workloadOf, type Workload } from "../../release/workload.ts";
import { knowsIdentities } from "../config/jobs-format.ts";
import { chosenIdentity, routesToSee } from "../identity/chosen-identity.ts";
import { identityPath, probedRoutes, whyUnnamed } from "./probed-routes.ts";
import { publicEntrances } from "./public-entrances.ts";
import { CHECK_SECONDS, type StageContext } from "./stage-context.ts";

/**
 * How many answers in a row prove who serves: this many on fresh connections, and on kept-alive
 * ones.
 */
const AGREEING_ANSWERS = 20;

type ProbeSettings = SettingsFor<"probe">;
type Endpoints = NonNullable<ProbeSettings["endpoints"]>;
type LedService = Endpoints["services"][number];

/**
 * What the probe of a stage is handed.
 *
 * @param colours that may answer, the active one first
 */
export function probeSettings(context: StageContext, colours: readonly Colour[]): ProbeSettings {
  const identity = identityOf(context);
  const workloads = colours.map((colour) => workloadOfColour(context, colour));
  const endpoints = endpointsOf(context, identity, workloads);
  const further = furtherOf(context, identity);
  return {
    ...addressOf(context),
    path: identityPath(context),
    ...(further.length > 0 ? { further } : {}),
    ...told(context, identity),
    allowed: identity.by === "entrance" ? workloads : colours,
    agreeing: AGREEING_ANSWERS,
    ...(endpoints === null ? {} : { endpoints, leaving: leavingOf(context) }),
    ...(isToldByApplication(identity) ? {} : { direct: directUrl(context, workloads) }),
    deadlineSeconds: CHECK_SECONDS,
  };
}

/** How long the probe may take, with the wait for those who still use pods that are about to go. */
export const probeSeconds = ({ leaving }: ProbeSettings): number =>
  CHECK_SECONDS + (leaving ? Math.ceil(leaving.seconds) : 0);

/**
 * What the smoke test of a version asks for besides: that its answers tell who gives them, where
 * the probe will rely on that. Null where it will not, or where a pod is asked at other paths than
 * the entrance.
 */
export function smokeIdentity(context: StageContext, { colour }: Slot): SettingsFor<"smoke">["identity"] {
  const identity = identityOf(context);
  if (!isToldByApplication(identity) || !knowsIdentities(context.format) || isRewritten(context)) return null;
  const { host } = addressOf(context);
  return { told: identity, path: identityPath(context), ...(host === undefined ? {} : { host }), colour };
}

/** How the probe of this stage knows who answers. */
export function identityOf(context: StageContext): Identity {
  const { config, release, probeValue } = context;
  const chosen = chosenIdentity(config);
  if (chosen === "endpoints") return { by: "endpoints", because: null };
  if (chosen === "entrance") {
    const because = whyUnnamed(context);
    if (because !== null) return { by: "endpoints", because };
    return {
      by: "entrance",
      request: { name: PROBE_HEADER, value: probeValue },
      header: WORKLOAD_HEADER,
      trial: { host: trialHost(probeValue), header: TRIAL_HEADER },
    };
  }
  if ("header" in chosen) return { by: "header", header: chosen.header };
  const slots = [release.from, ...(release.to ? [release.to] : [])];
  const versions = Object.fromEntries(slots.map(({ version, colour }) => [version, colour]));
  return { by: "json", key: chosen.json, versions };
}

const isToldByApplication = (identity: Identity): identity is ToldByApplication =>
  identity.by === "header" || identity.by === "json";

/** As the image of the release knows it: an older one knows a header alone. */
function told({ format }: StageContext, identity: Identity): Pick<ProbeSettings, "identity" | "header"> {
  if (knowsIdentities(format)) return { identity };
  if (identity.by === "header") return { header: identity.header };
  throw new RangeError(
    `Cannot ask who answers by ${identity.by} as the jobs image of the release, of format ${format}, knows a header alone`,
  );
}

function addressOf(context: StageContext) {
  const { traffic } = context.config;
  return backendOf(traffic).address(traffic, context.cluster.namespace, publicEntrances(context));
}

/** The hosts of the other routes that lead to the application at the same path. */
function furtherOf(context: StageContext, identity: Identity): NonNullable<ProbeSettings["further"]> {
  const probed = identity.by === "endpoints" ? [] : probedRoutes(context);
  const hosts = "why" in probed ? [] : probed.map(({ route }) => hostIn([route]));
  const { host: asked } = addressOf(context);
  const path = identityPath(context);
  return [...new Set(hosts)].flatMap((host) =>
    host === undefined || host === asked ? [] : [{ host, path }],
  );
}

const workloadOfColour = ({ release }: StageContext, colour: Colour): Workload =>
  workloadOf(release, slotOf(release, colour) ?? activeSlot(release));

/** The version whose ways in users have. */
const serving = ({ release, versionOf }: StageContext) => versionOf(activeSlot(release));

/** Past the entrance; null where no port speaks HTTP. */
function directUrl(context: StageContext, [workload]: readonly Workload[]): string | null {
  const [first] = serving(context).entrances.services;
  if (!first || !workload) return null;
  const found = checkUrl(first, workload, context.cluster.namespace);
  return "url" in found ? found.url : null;
}

/**
 * What must be true of Services and routes. Answers that tell who gives them show it of the way in
 * by which they come; all others are for endpoints to show.
 */
function endpointsOf(
  context: StageContext,
  identity: Identity,
  workloads: readonly Workload[],
): Endpoints | null {
  const { cluster, config } = context;
  const { entrances } = serving(context);
  const isByGateway = config.traffic.mode === "gateway";
  const isTold = isToldByApplication(identity);
  // In canary, callers inside the cluster stay with the active colour.
  const [active] = workloads;
  const own = entrances.services.flatMap((followed) =>
    workloads.map((workload) => ledBy(context, followed, workloadService(followed.name, workload), workload)),
  );
  const open = entrances.services
    .filter(({ isPublic }) => isPublic && active !== undefined)
    .map((followed) => ledBy(context, followed, followed.name, active ?? "rolling"));
  const services = [
    ...(isByGateway && !isTold ? own : []),
    ...(isByGateway || !isTold ? open : open.slice(1)),
  ];
  if (isTold && services.length === 0) return null;
  return { namespace: cluster.namespace, services, routes: routesToSee(config, entrances) };
}

/** A Service and the pods that belong behind it. */
function ledBy(context: StageContext, { ports }: Followed, name: string, workload: Workload): LedService {
  const port = ports.find(({ protocol = "TCP" }) => protocol === "TCP");
  const host = `${name}.${context.cluster.namespace}.svc`;
  return {
    name,
    pods: podsOf(context, workload),
    address: port ? { host, port: port.port } : null,
  };
}

const podsOf = (context: StageContext, workload: Workload) => ({
  ...ofWorkload(serving(context).web.selector, workload),
});

/** Whoever has no pods any more once this stage is complete. */
function leavingOf(context: StageContext): NonNullable<ProbeSettings["leaving"]> {
  const { config, cluster, plan, idleSince, release, versionOf } = context;
  const left = leavingIn(plan.steps);
  const [colour] = left.filter((workload) => workload !== "rolling");
  const slot = (colour && slotOf(release, colour)) ?? activeSlot(release);
  const { metrics } = config.canary;
  const { requests, durations, statusLabels, failures, ignore } = metrics;
  const names = { requests, durations, statusLabels, failures, ignore };
  return {
    namespace: cluster.namespace,
    pods: left.map((workload) => podsOf(context, workload)),
    seconds: config.app.drainSeconds,
    idleSince,
    metrics: { ...names, ...pagesOf(metrics, versionOf(slot).web) },
  };
}

/** Whether a route changes paths on their way to the pods. */
const isRewritten = (context: StageContext): boolean =>
  serving(context)
    .entrances.objects.filter(({ kind }) => kind === "HTTPRoute")
    .flatMap(({ spec }) => routeSpec.parse(spec).rules)
    .some(({ filters = [] }) => filters.some(({ type }) => type === "URLRewrite"));
