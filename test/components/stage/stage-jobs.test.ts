import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { JOBS_FORMAT } from "../../../components/config/jobs-format.ts";
import { settings as migrateSettings } from "../../../jobs/migrate/settings.ts";
import { checksSettings } from "../../../protocol/jobs/checks-settings.ts";
import { goneSettings, guardStoppedSettings } from "../../../protocol/jobs/guard-stopped-settings.ts";
import { loggedInSettings } from "../../../protocol/jobs/logged-in-settings.ts";
import { probeSettings } from "../../../protocol/jobs/probe-settings.ts";
import type { StageProgram } from "../../../protocol/jobs/programs.ts";
import { pullSettings } from "../../../protocol/jobs/pull-settings.ts";
import { readySettings } from "../../../protocol/jobs/ready-settings.ts";
import { smokeSettings } from "../../../protocol/jobs/smoke-settings.ts";
import { warmUpSettings } from "../../../protocol/jobs/warm-up-settings.ts";
import { withLogins } from "../../../release/database/logins.ts";
import { STRATEGIES } from "../../../release/phases.ts";
import type { Release } from "../../../release/release.ts";
import { allPlaces, at, stable } from "../../release/releases.ts";
import { contextOf, jobsOf, settingsText } from "./jobs-of-stage.ts";

const SCHEMAS = {
  checks: checksSettings,
  gone: goneSettings,
  "guard-stopped": guardStoppedSettings,
  "logged-in": loggedInSettings,
  migrate: migrateSettings,
  probe: probeSettings,
  pull: pullSettings,
  ready: readySettings,
  smoke: smokeSettings,
  "warm-up": warmUpSettings,
} as const satisfies Record<StageProgram, unknown>;

/** The same where the application's own login is that of both versions. */
const withOneLogin = (base: Release): Release =>
  withLogins(
    { ...base, settings: { ...base.settings, database: { host: "db", logins: "application" } } },
    null,
  );

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
      const seen = new Set<StageProgram>();
      const own = stable(strategy, true);
      const bases = [own, withOneLogin(own)];
      for (const release of bases.flatMap(allPlaces))
        for (const [program, given] of await handedIn(release, own, JOBS_FORMAT)) {
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
    const since = ["checks", "logged-in", "gone"];
    expect([...seen]).to.have.members(Object.keys(SCHEMAS).filter((program) => !since.includes(program)));
  });

  it("is left out where the image does not know the proof of a login, and has the candidate's password otherwise", () => {
    const base = stable("blue-green", false);
    const deploy = at(base, { phase: "deploy", active: "blue" });
    const jobs = (format: number) =>
      jobsOf(contextOf(deploy, { release: base, tested: {} }, format)).map(
        ({ checks = [], environment = [] }) => ({
          checks: checks.join(" "),
          variables: environment.map((one) => (one as { readonly name: string }).name).join(),
        }),
      );
    expect(jobs(3)).to.deep.include({ checks: "ready-green smoke-green warm-up-green", variables: "" });
    expect(jobs(JOBS_FORMAT)).to.deep.include({
      checks: "ready-green smoke-green warm-up-green logged-in-green",
      variables: "DATABASE_PASSWORD_CANDIDATE",
    });
  });

  it("has each variable once, where it sends the secrets of several versions' smoke tests", () => {
    const rung = at(stable("canary", false), { phase: "canary", active: "blue", weight: 5 });
    const context = contextOf(rung, null, JOBS_FORMAT);
    const headers = { authorization: { secret: "shop-config", key: "smoke.0.authorization" } };
    const smoke = [{ method: "GET" as const, path: "/", headers, expect: { status: 200 } }];
    const config = { ...context.config, app: { ...context.config.app, smoke } };
    const jobs = jobsOf({ ...context, config });
    expect(jobs.flatMap(({ checks = [] }) => checks)).to.include.members(["smoke-blue", "smoke-green"]);
    for (const { environment = [], checks = [] } of jobs) {
      const names = environment.map((one) => (one as { readonly name: string }).name);
      expect(names, checks.join(" ")).to.deep.equal([...new Set(names)]);
    }
  });

  it("is told that no login tells who wrote, and that pods are gone, where the application has one login", async () => {
    const own = withOneLogin(stable("blue-green", true));
    const settings = async (phase: "expand" | "contract", format: number) => {
      const release = at(own, { phase, active: phase === "expand" ? "blue" : "green" });
      const jobs = await handedIn(release, own, format);
      return jobs.flatMap(([program, given]) => (program === "migrate" ? [given] : []));
    };
    for (const given of await settings("expand", JOBS_FORMAT))
      expect(given).to.include({ sharesLogin: true, writers: null, vacate: null });
    for (const given of await settings("contract", JOBS_FORMAT))
      expect(given).to.include({ sharesLogin: true, writers: null, vacate: null, podsGone: true });
    for (const given of await settings("contract", 3))
      expect(given).not.to.have.any.keys("sharesLogin", "podsGone");
  });
});
