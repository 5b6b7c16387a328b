import { z } from "zod";
import { CHECKS_ANNOTATION, jobTitle } from "../../../protocol/names.ts";
import { kubectl, type Target } from "../target.ts";

/** Everything that a release could leave in a namespace. */
const KINDS = [
  "configmaps",
  "cronjobs",
  "daemonsets",
  "deployments",
  "horizontalpodautoscalers",
  "httproutes",
  "ingresses",
  "jobs",
  "networkpolicies",
  "persistentvolumeclaims",
  "poddisruptionbudgets",
  "rolebindings",
  "roles",
  "secrets",
  "serviceaccounts",
  "services",
  "statefulsets",
];

const list = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({ name: z.string(), resourceVersion: z.string() }),
      spec: z.unknown().optional(),
      status: z.unknown().optional(),
    }),
  ),
});

const deployment = z.object({
  spec: z.object({
    replicas: z.number(),
    template: z.object({
      spec: z.object({
        // The application's comes first; sidecars may follow.
        containers: z.tuple(
          [z.object({ env: z.array(z.object({ name: z.string(), value: z.string().optional() })) })],
          z.unknown(),
        ),
      }),
    }),
  }),
  status: z.object({ readyReplicas: z.number().default(0) }).default({ readyReplicas: 0 }),
});

const route = z.object({
  spec: z.object({
    rules: z.array(
      z.object({ backendRefs: z.array(z.object({ name: z.string(), weight: z.number() })).default([]) }),
    ),
  }),
});

const job = z.object({
  spec: z.object({
    template: z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
    }),
  }),
  status: z.object({ succeeded: z.number().default(0), completionTime: z.string().optional() }),
});

/** What `kubectl` shows of a release. */
export interface ClusterSight {
  /** Kind and name of all that is neither of the cluster's own making nor shown below. */
  readonly objects: readonly string[];
  /** Size of each Deployment and the version that it runs, "2 of 2 with 1.0.0". */
  readonly pods: Readonly<Record<string, string>>;
  /** Percent by Service. */
  readonly weights: Readonly<Record<string, number>>;
  /** What the stage's Jobs have done, by name, and have not: some make several checks. */
  readonly jobs: readonly string[];
  readonly unfinishedJobs: readonly string[];
}

type Item = z.infer<typeof list>["items"][number];

/** The cluster makes these in every namespace. */
const OF_THE_CLUSTER = ["ConfigMap/kube-root-ca.crt", "ServiceAccount/default"];

const SHOWN = ["Deployment", "HTTPRoute", "Job"];

export async function clusterSight(target: Target, namespace: string, app: string): Promise<ClusterSight> {
  const items = await read(target, namespace);
  const of = (kind: string) => items.filter((item) => item.kind === kind);
  const jobs = of("Job").flatMap((item) =>
    workOf(item, app).map((name) => ({ name, isDone: job.parse(item).status.succeeded > 0 })),
  );
  return {
    objects: items
      .filter(({ kind }) => !SHOWN.includes(kind))
      .map(titleOf)
      .filter((title) => !OF_THE_CLUSTER.includes(title))
      .sort(),
    pods: Object.fromEntries(of("Deployment").map((item) => [item.metadata.name, describePods(item)])),
    weights: Object.fromEntries(
      of("HTTPRoute").flatMap((item) =>
        route
          .parse(item)
          .spec.rules.flatMap((rule) => rule.backendRefs.map(({ name, weight }) => [name, weight])),
      ),
    ),
    jobs: jobs
      .filter(({ isDone }) => isDone)
      .map(({ name }) => name)
      .sort(),
    unfinishedJobs: jobs
      .filter(({ isDone }) => !isDone)
      .map(({ name }) => name)
      .sort(),
  };
}

/** Every object by its version: one that nobody has written stays the same. */
export async function objectVersions(target: Target, namespace: string): Promise<Record<string, string>> {
  const items = await read(target, namespace);
  return Object.fromEntries(items.map((item) => [titleOf(item), item.metadata.resourceVersion]));
}

/** What the newest attempt's Jobs have done, by name; one that was killed leaves its own behind. */
export async function workOfLastAttempt(target: Target, namespace: string, app: string): Promise<string[]> {
  const jobs = (await read(target, namespace)).filter(({ kind }) => kind === "Job");
  const newest = jobs.map(attemptOf).sort().at(-1);
  return jobs
    .filter((item) => attemptOf(item) === newest)
    .flatMap((item) => workOf(item, app))
    .sort();
}

/** The attempt's number as the name of its Job has it; numbers grow, and keep their length. */
const attemptOf = ({ metadata }: Item): string => /-([0-9a-z]+)-[0-9a-f]{6}$/.exec(metadata.name)?.[1] ?? "";

/**
 * When each piece of the Jobs' work had succeeded, in milliseconds since the epoch; the cluster
 * counts in whole seconds.
 */
export async function jobsFinishedAt(
  target: Target,
  namespace: string,
  app: string,
): Promise<Record<string, number>> {
  const jobs = (await read(target, namespace)).filter(({ kind }) => kind === "Job");
  return Object.fromEntries(
    jobs.flatMap((item) =>
      workOf(item, app).map((name) => [name, Date.parse(job.parse(item).status.completionTime ?? "")]),
    ),
  );
}

async function read(target: Target, namespace: string): Promise<Item[]> {
  const text = await kubectl(target, "--namespace", namespace, "get", KINDS.join(), "--output", "json");
  return list.parse(JSON.parse(text)).items;
}

const titleOf = ({ kind, metadata }: Item): string => `${kind}/${metadata.name}`;

function describePods(item: Item): string {
  const { spec, status } = deployment.parse(item);
  const [container] = spec.template.spec.containers;
  const version = container.env.find(({ name }) => name === "ZERO_DOWNTIME_VERSION")?.value;
  const size = `${status.readyReplicas} of ${spec.replicas}`;
  return version === undefined ? size : `${size} with ${version}`;
}

/** The checks that a Job makes, or the name of the one that it is named after. */
function workOf(item: Item, app: string): string[] {
  const checks = job.parse(item).spec.template.metadata.annotations[CHECKS_ANNOTATION];
  return checks?.split(" ") ?? [jobTitle(app, item.metadata.name)];
}
