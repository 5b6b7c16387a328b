// The program: settings → plan → components → outputs.
import "./components/native-stack-traces.ts";
import * as pulumi from "@pulumi/pulumi";
import { connectCluster } from "./components/cluster.ts";
import { DatabaseAccess } from "./components/database.ts";
import { markCompleted, openGate } from "./components/gate.ts";
import { JobsAccess } from "./components/jobs/jobs-access.ts";
import { jobsImage } from "./components/jobs/jobs-image.ts";
import { knownMigrations, refuseUnsafe } from "./components/migrations.ts";
import { readPast } from "./components/past.ts";
import { outputs } from "./components/outputs.ts";
import { textsOf } from "./components/config/migration-digests.ts";
import { refuseOtherEntrance } from "./components/recover.ts";
import { readSettings } from "./components/config/read-config.ts";
import { publicEntrances } from "./components/stage/public-entrances.ts";
import { makeStage } from "./components/stage/make-stage.ts";
import { simpleVersionOf } from "./components/versions/simple-version-of.ts";
import { readVerdict } from "./components/verdict.ts";
import { plan } from "./release/plan.ts";
import type { Slot } from "./release/release.ts";
import { candidateOf, servingColours } from "./release/workload.ts";

export default async (): Promise<Record<string, unknown>> => {
  const migrations = await knownMigrations();
  const { config, release, passwords, warnings } = await readSettings(migrations.map(({ id }) => id));
  refuseUnsafe(migrations, release);
  const judged = { verdict: () => readVerdict(config), allowance: config.canary.pass ?? null };
  const past = await readPast();
  const gate = await openGate({ release, past, recover: config.recover, judged, warnings, problems: [] });
  const stage = plan(release, gate.origin);
  const cluster = connectCluster(config);
  const versionOf = (slot: Slot) => simpleVersionOf(config, slot);
  const adopt = config.recover && !gate.completed;
  if (adopt && stage.isRecovery) {
    const routing = { weights: stage.weights, candidate: candidateOf(release) };
    await refuseOtherEntrance(cluster, publicEntrances({ release, versionOf }), routing);
  }
  const behindGate = { dependsOn: [gate.entered] };
  const jobs = await jobsImage(config, gate, release.phase, textsOf(release, migrations));
  const mayPutBack = config.strategy === "rolling" && config.rolling.onFailure === "rollback";
  const access = new JobsAccess("jobs", cluster, mayPutBack, behindGate);
  // One after the other, so that an unreachable cluster or database is reported once.
  const behindAccess = { dependsOn: [gate.entered, ...access.ready] };
  const before = gate.completed ? servingColours(gate.completed.release) : [];
  const serving = [...new Set([...before, ...servingColours(release)])];
  const database =
    config.database && passwords
      ? new DatabaseAccess(
          "database",
          { config, database: config.database, passwords, cluster, adopt, serving },
          behindAccess,
        )
      : null;
  const { number, clock } = gate;
  const attempt = { number, clock, image: jobs.record.apply(({ image }) => image), format: jobs.format };
  const made = makeStage(
    { config, release, plan: stage, cluster, database, versionOf, access, judged, ...attempt },
    [gate.entered, ...access.ready, ...(database?.ready ?? [])],
  );
  const completed = markCompleted(gate, { release, tested: stage.tested }, jobs.record, made);
  // Nothing in it is secret, but marked as such it does not hide the outputs that people look for.
  return { ...outputs(config, release, stage, versionOf), completed: pulumi.secret(completed) };
};
