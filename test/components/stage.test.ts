import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { Cluster } from "../../components/cluster.ts";
import type { DatabaseAccess } from "../../components/database.ts";
import type { JobsAccess } from "../../components/jobs/jobs-access.ts";
import { JOBS_FORMAT } from "../../components/config/migrate-settings-for.ts";
import { makeStage } from "../../components/stage.ts";
import { settings as migrateSettings } from "../../jobs/migrate/settings.ts";
import { configSchema } from "../../protocol/config/schema.ts";
import { guardSettings } from "../../protocol/jobs/guard-settings.ts";
import { guardStoppedSettings } from "../../protocol/jobs/guard-stopped-settings.ts";
import { probeSettings } from "../../protocol/jobs/probe-settings.ts";
import type { Program } from "../../protocol/jobs/programs.ts";
import { pullSettings } from "../../protocol/jobs/pull-settings.ts";
import { readySettings } from "../../protocol/jobs/ready-settings.ts";
import { smokeSettings } from "../../protocol/jobs/smoke-settings.ts";
import { SETTINGS_VARIABLE } from "../../protocol/jobs/variables.ts";
import { warmUpSettings } from "../../protocol/jobs/warm-up-settings.ts";
import { plan } from "../../release/plan.ts";
import { STRATEGIES, type Strategy } from "../../release/phases.ts";
import type { Release } from "../../release/release.ts";
import { allPlaces, stable } from "../release/releases.ts";

const SCHEMAS = {
  guard: guardSettings,
  "guard-stopped": guardStoppedSettings,
  migrate: migrateSettings,
  probe: probeSettings,
  pull: pullSettings,
  ready: readySettings,
  smoke: smokeSettings,
  "warm-up": warmUpSettings,
} as const satisfies Record<Program, unknown>;

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

/** A container of the jobs image. */
interface Container {
  readonly args: readonly [Program];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

describe("every program of the jobs image", () => {
  /** What the programs of a stage are handed, as the cluster gets it. */
  async function handedIn(release: Release, base: Release): Promise<readonly (readonly [Program, object])[]> {
    const handed: (readonly [Program, object])[] = [];
    await pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          const { spec } = inputs as { readonly spec?: { readonly template?: { readonly spec: object } } };
          const pod = spec?.template?.spec as { readonly containers: readonly Container[] } | undefined;
          for (const { args, env } of /:(Job|Deployment)$/.test(type) ? (pod?.containers ?? []) : []) {
            const text = env.find((variable) => variable.name === SETTINGS_VARIABLE)?.value;
            if (text !== undefined) handed.push([args[0], JSON.parse(text) as object]);
          }
          return { id: name, state: inputs as object };
        },
        call: () => ({}),
      },
      "zero-downtime",
      "test",
      false,
      "organization",
    );
    const cluster: Cluster = {
      provider: undefined as unknown as Cluster["provider"],
      namespace: "shop",
      app: "shop",
    };
    const context = {
      config: configOf(release.strategy),
      release,
      plan: plan(release, { release: base, tested: {} }),
      cluster,
      database: DATABASE,
      access: { serviceAccount: "shop-jobs" } as JobsAccess,
      judged: { verdict: () => Promise.resolve({ found: null }), allowance: null },
      image: pulumi.output("registry/jobs@sha256:1"),
      format: pulumi.output<number | undefined>(JOBS_FORMAT),
      number: 42,
      clock: 41,
    };
    makeStage(context, []);
    await pulumi.runtime.disconnect();
    return handed;
  }

  for (const strategy of STRATEGIES)
    it(`understands all that the stages of ${strategy} hand to it`, async () => {
      const base = stable(strategy, true);
      const seen = new Set<Program>();
      for (const release of allPlaces(base))
        for (const [program, given] of await handedIn(release, base)) {
          const { shape } = SCHEMAS[program];
          expect(SCHEMAS[program].safeParse(given).error, `${program} in ${release.phase}`).to.equal(
            undefined,
          );
          expect(shape, `${program} in ${release.phase}`).to.include.all.keys(Object.keys(given));
          seen.add(program);
        }
      // Pods that are replaced one by one are watched by no guard.
      const expected = Object.keys(SCHEMAS).filter(
        (name) => strategy !== "rolling" || !name.startsWith("guard"),
      );
      expect([...seen]).to.have.members(expected);
    });
});
