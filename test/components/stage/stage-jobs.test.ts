import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { JOBS_FORMAT } from "../../../components/config/jobs-format.ts";
import { settings as migrateSettings } from "../../../jobs/migrate/settings.ts";
import { checksSettings } from "../../../protocol/jobs/checks-settings.ts";
import { guardStoppedSettings } from "../../../protocol/jobs/guard-stopped-settings.ts";
import { probeSettings } from "../../../protocol/jobs/probe-settings.ts";
import type { StageProgram } from "../../../protocol/jobs/programs.ts";
import { pullSettings } from "../../../protocol/jobs/pull-settings.ts";
import { readySettings } from "../../../protocol/jobs/ready-settings.ts";
import { smokeSettings } from "../../../protocol/jobs/smoke-settings.ts";
import { warmUpSettings } from "../../../protocol/jobs/warm-up-settings.ts";
import { STRATEGIES } from "../../../release/phases.ts";
import type { Release } from "../../../release/release.ts";
import { allPlaces, stable } from "../../release/releases.ts";
import { contextOf, jobsOf, settingsText } from "./jobs-of-stage.ts";

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
    const jobs = jobsOf(contextOf(release, { release: base, tested: {} }, format));
    return Promise.all(
      jobs.map(async (job) => [job.program, JSON.parse(await settingsText(job)) as object] as const),
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
