import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { Cluster } from "../../components/cluster.ts";
import type { DatabaseAccess } from "../../components/database.ts";
import type { JobsAccess } from "../../components/jobs/jobs-access.ts";
import { JOBS_FORMAT } from "../../components/config/migrate-settings-for.ts";
import { jobOf, type Check, type StageContext } from "../../components/stage.ts";
import { settings as migrateSettings } from "../../jobs/migrate/settings.ts";
import { configSchema } from "../../protocol/config/config-schema.ts";
import { guardStoppedSettings } from "../../protocol/jobs/guard-stopped-settings.ts";
import { probeSettings } from "../../protocol/jobs/probe-settings.ts";
import type { StageProgram } from "../../protocol/jobs/programs.ts";
import { readySettings } from "../../protocol/jobs/ready-settings.ts";
import { smokeSettings } from "../../protocol/jobs/smoke-settings.ts";
import { warmUpSettings } from "../../protocol/jobs/warm-up-settings.ts";
import { plan } from "../../release/plan.ts";
import { STRATEGIES, type Strategy } from "../../release/phases.ts";
import type { Release } from "../../release/release.ts";
import type { Step } from "../../release/step.ts";
import { allPlaces, stable } from "../release/releases.ts";

const SCHEMAS = {
  "guard-stopped": guardStoppedSettings,
  migrate: migrateSettings,
  probe: probeSettings,
  ready: readySettings,
  smoke: smokeSettings,
  "warm-up": warmUpSettings,
} as const satisfies Partial<Record<StageProgram, unknown>>;

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

const CHECKS: readonly string[] = [
  "ready",
  "smoke",
  "warm-up",
  "probe",
  "guard-stopped",
  "schema",
] satisfies Check["do"][];
const isCheck = (step: Step): step is Check => CHECKS.includes(step.do);

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
  async function handedIn(release: Release, base: Release) {
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
      format: pulumi.output<number | undefined>(JOBS_FORMAT),
      number: 42,
      clock: 41,
    };
    const jobs = stage.steps.filter(isCheck).map((step) => jobOf(context, step));
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
        for (const [program, given] of await handedIn(release, base)) {
          if (program === "pull") throw new Error("Cannot be a check of a stage: the pull has a component");
          const { shape } = SCHEMAS[program];
          expect(SCHEMAS[program].safeParse(given).error, `${program} in ${release.phase}`).to.equal(
            undefined,
          );
          expect(shape, `${program} in ${release.phase}`).to.include.all.keys(Object.keys(given));
          seen.add(program);
        }
      // Pods that are replaced one by one are watched by no guard.
      const isRun = (name: string) => strategy !== "rolling" || name !== "guard-stopped";
      expect([...seen]).to.have.members(Object.keys(SCHEMAS).filter(isRun));
    });
});
