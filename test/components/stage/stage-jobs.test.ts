import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { Cluster } from "../../../components/cluster.ts";
import type { DatabaseAccess } from "../../../components/database.ts";
import type { JobsAccess } from "../../../components/jobs/jobs-access.ts";
import { JOBS_FORMAT } from "../../../components/config/jobs-format.ts";
import { checkOf } from "../../../components/stage/check.ts";
import type { StageContext } from "../../../components/stage/stage-context.ts";
import { checkJobs, schemaJob, type StageJobOf } from "../../../components/stage/stage-jobs.ts";
import { settings as migrateSettings } from "../../../jobs/migrate/settings.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { checksSettings } from "../../../protocol/jobs/checks-settings.ts";
import { guardStoppedSettings } from "../../../protocol/jobs/guard-stopped-settings.ts";
import { probeSettings } from "../../../protocol/jobs/probe-settings.ts";
import type { StageProgram } from "../../../protocol/jobs/programs.ts";
import { pullSettings } from "../../../protocol/jobs/pull-settings.ts";
import { readySettings } from "../../../protocol/jobs/ready-settings.ts";
import { smokeSettings } from "../../../protocol/jobs/smoke-settings.ts";
import { warmUpSettings } from "../../../protocol/jobs/warm-up-settings.ts";
import { plan } from "../../../release/plan.ts";
import { STRATEGIES, type Strategy } from "../../../release/phases.ts";
import type { Release } from "../../../release/release.ts";
import { tasksOf, type Task } from "../../../release/tasks.ts";
import { allPlaces, stable } from "../../release/releases.ts";

const SCHEMAS = {
  checks: checksSettings,
  "guard-stopped": guardStoppedSettings,
  migrate: migrateSettings,
  probe: probeSettings,
  pull: pullSettings,
  ready: readySettings,
  smoke: smokeSettings,
  "warm-up": warmUpSettings,
} as const satisfies Record<StageProgram, unknown>;

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

/** The Jobs of a task, if it has any. */
function jobsOf(context: StageContext, task: Task): StageJobOf[] {
  if ("checks" in task) {
    const [first, ...others] = task.checks;
    return checkJobs(context, [checkOf(context, first), ...others.map((step) => checkOf(context, step))]);
  }
  return task.step.do === "schema" ? [schemaJob(context, task.step)] : [];
}

describe("every Job of a stage", () => {
  before(() =>
    pulumi.runtime.setMocks(
      { newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }), call: () => ({}) },
      "zero-downtime",
      "test",
      false,
      "organization",
    ),
  );

  /** What the Jobs of a stage are handed, as the cluster gets it. */
  async function handedIn(release: Release, base: Release, format?: number) {
    const stage = plan(release, { release: base, tested: {} });
    const cluster: Cluster = {
      provider: undefined as unknown as Cluster["provider"],
      namespace: "shop",
      app: "shop",
    };
    const context: StageContext = {
      config: configOf(release.strategy),
      release,
      plan: stage,
      cluster,
      database: DATABASE,
      access: { serviceAccount: "shop-jobs" } as JobsAccess,
      judged: { verdict: () => Promise.resolve({ found: null }), allowance: null },
      image: pulumi.output("registry/jobs@sha256:1"),
      format,
      number: 42,
      clock: 41,
    };
    const jobs = tasksOf(stage.steps).flatMap((task) => jobsOf(context, task));
    return Promise.all(
      jobs.map(async ({ program, settings }) => {
        const given: pulumi.Input<object> = settings;
        const plain = await new Promise<object>((resolve) => {
          pulumi.output(given).apply((value) => resolve(value as object));
        });
        return [program, JSON.parse(JSON.stringify(plain)) as object] as const;
      }),
    );
  }

  for (const strategy of STRATEGIES)
    it(`understands all that the stages of ${strategy} hand to it`, async () => {
      const base = stable(strategy, true);
      const seen = new Set<StageProgram>();
      for (const release of allPlaces(base))
        for (const [program, given] of await handedIn(release, base, JOBS_FORMAT)) {
          const { shape } = SCHEMAS[program];
          expect(SCHEMAS[program].safeParse(given).error, `${program} in ${release.phase}`).to.equal(
            undefined,
          );
          expect(shape, `${program} in ${release.phase}`).to.include.all.keys(Object.keys(given));
          seen.add(program);
        }
      expect([...seen]).to.include.members(["checks", "migrate", "probe", "ready"]);
    });

  it("makes one check alone, where the release began with an image that cannot make several", async () => {
    const base = stable("canary", true);
    const seen = new Set<StageProgram>();
    for (const release of allPlaces(base))
      for (const [program, given] of await handedIn(release, base, 2)) {
        expect(SCHEMAS[program].safeParse(given).error, `${program} in ${release.phase}`).to.equal(undefined);
        seen.add(program);
      }
    expect([...seen]).to.have.members(Object.keys(SCHEMAS).filter((program) => program !== "checks"));
  });
});
