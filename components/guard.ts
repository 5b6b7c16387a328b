import { toWatch, withoutSources } from "../protocol/config/metric-sources.ts";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Limits } from "../release/judge/limits.ts";
import { asJson, canonical, type Slot } from "../release/release.ts";
import { verdictObject, type Watched } from "../release/verdict.ts";
import { APP_CONTAINER, type Weights } from "../release/workload.ts";
import { pagesOf } from "../manifests/metric-pages.ts";
import type { VersionObjects } from "../manifests/version-objects.ts";
import type { Config } from "../protocol/config/config-schema.ts";
import type { EnvironmentVariable } from "../protocol/database-environment.ts";
import type { SettingsFor } from "../protocol/jobs/programs.ts";
import { PASSWORD_VARIABLES, SETTINGS_VARIABLE } from "../protocol/jobs/variables.ts";
import { appLabels, guardLabels, ofWorkload } from "../protocol/labels.ts";
import { guardName } from "../protocol/names.ts";
import { AWAITED_AT_ITS_END_ONLY, numbered } from "../protocol/kubernetes/object-metadata.ts";
import { meta, type Cluster } from "./cluster.ts";
import { withEntrancesOf, type Entrances } from "../protocol/traffic/entrance.ts";
import { entranceRights, movableParts } from "../protocol/traffic/live-traffic.ts";
import { workloadsIn } from "../protocol/traffic/backend.ts";
import { guardSettingsFor } from "./config/jobs-format.ts";
import type { DatabaseAccess } from "./database.ts";
import { RESTRICTED_CONTAINER, RESTRICTED_JOBS_POD } from "../protocol/kubernetes/pod-security.ts";

/** What the guard's pod takes. */
export const GUARD_RESOURCES = { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "128Mi" } };

/** Port of the guard's own metrics. */
const PORT = 9090;

/**
 * The metrics pages of fifty pods become garbage at once: V8 would let 170 MB pile up before it
 * collects.
 */
const SMALL_HEAP = "--max-semi-space-size=1 --max-old-space-size=48";

/** Arguments of {@link VerdictObject}. */
export interface VerdictObjectArgs {
  readonly cluster: Cluster;
  readonly number: number;
}

/**
 * The object in which the guard keeps its verdict. The program makes it and never writes its
 * content.
 */
export class VerdictObject extends pulumi.ComponentResource {
  constructor(name: string, { cluster, number }: VerdictObjectArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:VerdictObject", name, {}, opts);
    new k8s.core.v1.ConfigMap(
      name,
      { metadata: meta(cluster, verdictObject(cluster.app), { annotations: numbered(number) }) },
      {
        parent: this,
        provider: cluster.provider,
        ignoreChanges: ["data"],
        ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
      },
    );
    this.registerOutputs({});
  }
}

/** Arguments of {@link Guard}. */
export interface GuardArgs {
  readonly cluster: Cluster;
  readonly config: Omit<Config, "databasePasswords">;
  /** The jobs image. */
  readonly image: pulumi.Input<string>;
  /** The format of settings that the image reads. */
  readonly format: number | undefined;
  readonly number: number;
  readonly from: Slot;
  readonly to: Slot;
  /** Digest of the candidate `to`. */
  readonly digest: string;
  /** Null where the application has none. */
  readonly database: Pick<DatabaseAccess, "place" | "password" | "roles"> | null;
  readonly weights: Weights;
  /** The ways in, as this stage writes them. */
  readonly entrances: Entrances;
  /** What a slot consists of. */
  readonly versionOf: (slot: Slot) => Pick<VersionObjects, "web" | "entrances">;
  /** Pods of a colour at full size. */
  readonly replicas: number;
  /** What it watches; null: it ends, and its pod is removed. */
  readonly watched: Watched | null;
}

/** Watches the candidate, and takes its traffic away when it fails. It may do nothing else. */
export class Guard extends pulumi.ComponentResource {
  constructor(name: string, args: GuardArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:Guard", name, {}, opts);
    const child = {
      parent: this,
      provider: args.cluster.provider,
      ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
    };
    const rights = account(name, args, child);
    deployment(name, args, { ...child, dependsOn: rights });
    this.registerOutputs({});
  }
}

function account(name: string, args: GuardArgs, opts: pulumi.CustomResourceOptions) {
  const { cluster, config } = args;
  const accountName = guardName(cluster.app);
  const metadata = meta(cluster, accountName);
  const serviceAccount = new k8s.core.v1.ServiceAccount(
    name,
    { metadata, automountServiceAccountToken: false },
    opts,
  );
  const rules = [
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    {
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: [verdictObject(cluster.app)],
      // The guard makes it again if somebody has deleted it: an apply that creates an object needs
      // both.
      verbs: ["get", "patch", "create"],
    },
    ...entranceRights(waysBack(args)),
    ...(config.canary.metrics.usage === "metrics-api"
      ? [{ apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: ["list"] }]
      : []),
  ];
  const role = new k8s.rbac.v1.Role(name, { metadata, rules }, opts);
  const binding = new k8s.rbac.v1.RoleBinding(
    name,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: accountName },
      subjects: [{ kind: "ServiceAccount", name: accountName, namespace: cluster.namespace }],
    },
    opts,
  );
  return [serviceAccount, role, binding];
}

function deployment(name: string, args: GuardArgs, opts: pulumi.CustomResourceOptions) {
  const { cluster, watched } = args;
  const labels = guardLabels(cluster.app, cluster.form);
  new k8s.apps.v1.Deployment(
    name,
    {
      metadata: meta(cluster, guardName(cluster.app), {
        labels,
        annotations: { ...numbered(args.number), ...(watched === null ? AWAITED_AT_ITS_END_ONLY : {}) },
      }),
      spec: {
        replicas: watched === null ? 0 : 1,
        revisionHistoryLimit: 1,
        progressDeadlineSeconds: 120,
        // Never two at a time: the guard of the previous rung would take this stage's traffic for a
        // foreign change.
        strategy: { type: "Recreate" },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels: { ...appLabels(cluster.app, cluster.form), ...labels } },
          spec: podSpec(args),
        },
      },
    },
    // Every attempt makes it anew. If it were updated in place, it would count as ready from the
    // end of the old pod until the new one is made.
    { ...opts, deleteBeforeReplace: true, replacementTrigger: args.number },
  );
}

function podSpec(args: GuardArgs): k8s.types.input.core.v1.PodSpec {
  const probe = (at: string) => ({ httpGet: { path: at, port: "metrics" }, timeoutSeconds: 5 });
  return {
    serviceAccountName: guardName(args.cluster.app),
    automountServiceAccountToken: true,
    terminationGracePeriodSeconds: 5,
    securityContext: RESTRICTED_JOBS_POD,
    containers: [
      {
        name: "guard",
        image: args.image,
        args: ["guard"],
        env: [
          { name: "NODE_OPTIONS", value: SMALL_HEAP },
          {
            name: SETTINGS_VARIABLE,
            value: JSON.stringify(guardSettingsFor(args.format, guardSettings(args))),
          },
          ...(databaseSight(args)?.environment ?? []),
        ],
        ports: [{ name: "metrics", containerPort: PORT }],
        readinessProbe: { ...probe("/readyz"), periodSeconds: 1 },
        livenessProbe: { ...probe("/healthz"), periodSeconds: 20, initialDelaySeconds: 30 },
        resources: GUARD_RESOURCES,
        securityContext: RESTRICTED_CONTAINER,
      },
    ],
  };
}

/**
 * What the guard needs to watch the sessions in the database; null where config does not ask for
 * that, so that it has no passwords without need.
 */
function databaseSight({ config, database, from, to }: GuardArgs) {
  if (!config.canary.database || !database) return null;
  // Which sessions are whose, only logins of their own can tell.
  if ([from, to].some((slot) => slot.logins === "application")) return null;
  const { slowSeconds } = config.canary.database;
  const { logins } = database.roles;
  const environment: EnvironmentVariable[] = [
    ...database.place,
    database.password(from.colour, PASSWORD_VARIABLES.active),
    database.password(to.colour, PASSWORD_VARIABLES.candidate),
  ];
  return {
    environment,
    settings: { slowSeconds, logins: { active: logins[from.colour], candidate: logins[to.colour] } },
  };
}

function guardSettings(args: GuardArgs): SettingsFor<"guard"> {
  const { cluster, config, number, from, to, digest, watched } = args;
  const { canary } = config;
  const entrances = movableParts(args.entrances);
  const back = movableParts(waysBack(args));
  const { path: _, port: __, everySeconds, ...others } = canary.metrics;
  const pagesOfSlot = (slot: Slot) => pagesOf(canary.metrics, args.versionOf(slot).web);
  const [own, pages] = [pagesOfSlot(from), pagesOfSlot(to)];
  const side = (slot: Slot) => ({
    colour: slot.colour,
    version: slot.version,
    image: slot.image,
    labels: { ...ofWorkload(args.versionOf(slot).web.selector, slot.colour) },
  });
  return {
    namespace: cluster.namespace,
    number,
    watched: watched ?? "switch",
    active: {
      ...side(from),
      ...(isSame(own, pages) ? {} : { pages: { container: APP_CONTAINER, ...own } }),
    },
    candidate: { ...side(to), digest },
    replicas: args.replicas,
    workloads: [...workloadsIn(args)],
    entrances,
    back: isSame(back, entrances) ? null : back,
    verdict: verdictObject(cluster.app),
    limits: limitsOf(config),
    allowed: canary.pass ?? null,
    everySeconds,
    metrics: {
      ...withoutSources(others),
      ...pages,
      ...toWatch(others),
    },
    database: databaseSight(args)?.settings ?? null,
    port: PORT,
  };
}

/** The ways in once the active colour has all traffic again: as its version has them. */
const waysBack = ({ versionOf, from, entrances }: GuardArgs): Entrances =>
  withEntrancesOf(versionOf(from).entrances, entrances);

const isSame = (one: object, two: object): boolean => canonical(asJson(one)) === canonical(asJson(two));

/** The limits for the judge. */
function limitsOf({ canary }: GuardArgs["config"]): Limits {
  const { rungs, minimumSeconds, falseAlarms, misses, failures, durations, cpu, memory } = canary;
  return { rungs, minimumSeconds, falseAlarms, misses, failures, durations, cpu, memory };
}
