// The Jobs of a stage, as the program hands them over, without an engine.
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../../components/cluster.ts";
import { stepsFor } from "../../../components/config/jobs-format.ts";
import type { DatabaseAccess } from "../../../components/database.ts";
import type { JobsAccess } from "../../../components/jobs/jobs-access.ts";
import { checkOf } from "../../../components/stage/check.ts";
import type { StageContext } from "../../../components/stage/stage-context.ts";
import { checkJobs, schemaJob, type StageJobOf } from "../../../components/stage/stage-jobs.ts";
import { simpleVersionOf } from "../../../components/versions/simple-version-of.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { plan, type Standing } from "../../../release/plan.ts";
import type { Strategy } from "../../../release/phases.ts";
import type { Release } from "../../../release/release.ts";
import { tasksOf, type Task } from "../../../release/tasks.ts";

const configOf = (strategy: Strategy) =>
  configSchema.parse({
    active: "blue",
    phase: "stable",
    strategy,
    namespace: "shop",
    app: { name: "shop" },
    traffic: {
      mode: "gateway",
      gateway: { name: "public", namespace: "infra" },
      hostnames: ["shop.example.com"],
      clusterUrl: "http://gateway.infra.svc",
    },
    database: { host: "db", name: "shop", admin: "admin", limits: { waiting: 1 } },
    rolling: { onFailure: "rollback" },
    jobs: { repository: "registry/jobs" },
  });

const DATABASE = {
  environment: () => [],
  place: [],
  password: (_login: string, name: string) => ({ name, value: "" }),
  roles: {
    owner: "shop_owner",
    migrator: "shop_migrator",
    app: "shop_app",
    logins: { blue: "shop_blue", green: "shop_green" },
  },
} as unknown as DatabaseAccess;

/** What a stage is made with, for a jobs image of a format. */
export function contextOf(
  release: Release,
  origin: Standing | null,
  format: number | undefined,
): StageContext {
  const cluster: Cluster = {
    provider: undefined as unknown as Cluster["provider"],
    namespace: "shop",
    app: "shop",
  };
  // Without a database's variables, as those of this one's double.
  const { database: _, ...described } = configOf(release.strategy);
  return {
    config: configOf(release.strategy),
    versionOf: (slot) => simpleVersionOf(described, slot),
    release,
    plan: plan(release, origin),
    cluster,
    database: DATABASE,
    access: { serviceAccount: "shop-jobs" } as JobsAccess,
    judged: { verdict: () => Promise.resolve({ found: null }), allowance: null },
    image: pulumi.output("registry/jobs@sha256:1"),
    format,
    number: 42,
    clock: 41,
    probeValue: "attempt-42",
    untried: "config asks for none",
    idleSince: null,
  };
}

/** The Jobs of a stage, in order. */
export const jobsOf = (context: StageContext): StageJobOf[] =>
  tasksOf(stepsFor(context.format, context.plan.steps)).flatMap((task) => jobsOfTask(context, task));

/** The Jobs of a task, if it has any. */
function jobsOfTask(context: StageContext, task: Task): StageJobOf[] {
  if ("checks" in task) {
    const [first, ...others] = task.checks;
    return checkJobs(context, [checkOf(context, first), ...others.map((step) => checkOf(context, step))]);
  }
  return task.step.do === "schema" ? [schemaJob(context, task.step)] : [];
}

/** A Job's settings as they are written into its pod. */
export async function settingsText({ settings }: StageJobOf): Promise<string> {
  const given: pulumi.Input<object> = settings;
  return new Promise((resolve) => {
    pulumi.output(given).apply((plain) => resolve(JSON.stringify(plain)));
  });
}
