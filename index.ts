// The program: settings → plan → components → outputs.
import "./components/native-stack-traces.ts";
import * as pulumi from "@pulumi/pulumi";
import { connectCluster } from "./components/cluster.ts";
import { accessDatabase, loginsOf } from "./components/database.ts";
import { markCompleted, openGate } from "./components/gate.ts";
import { routesToSee } from "./components/identity/chosen-identity.ts";
import { JobsAccess } from "./components/jobs/jobs-access.ts";
import { jobsImage } from "./components/jobs/jobs-image.ts";
import { knownMigrations, refuseUnsafe } from "./components/migrations.ts";
import { readPast } from "./components/past.ts";
import { outputs } from "./components/outputs.ts";
import { textsOf } from "./components/config/migration-digests.ts";
import { refuseOtherTraffic } from "./components/recover.ts";
import { readSettings } from "./components/config/read-config.ts";
import { beforehand } from "./components/preflight/beforehand.ts";
import { refuseOlderPulumi } from "./components/preflight/pulumi-version.ts";
import { makeStage } from "./components/stage/make-stage.ts";
import { stageContext } from "./components/stage/stage-context.ts";
import { prepareVersions } from "./components/versions/prepare-versions.ts";
import { keyMark, VersionResources } from "./components/versions/version-resources.ts";
import { readVerdict } from "./components/verdict.ts";
import { plan } from "./release/plan.ts";
import { activeSlot } from "./release/release.ts";

export default async (): Promise<Record<string, unknown>> => {
  await refuseOlderPulumi();
  const [migrations, past] = await Promise.all([knownMigrations(), readPast()]);
  const settings = await readSettings(migrations, past);
  const { config, passwords, secrets, warnings } = settings;
  const versions = await prepareVersions(settings, past);
  const { release, of: versionOf } = versions;
  refuseUnsafe(migrations, release);
  const judged = { verdict: () => readVerdict(config), allowance: config.canary.pass ?? null };
  const questions = { ...beforehand(config, versions, past), judged, warnings };
  const before = () => keyMark(versions, secrets);
  const gate = await openGate({ release, past, recover: config.recover, before, ...questions });
  for (const note of versions.notes) await pulumi.log.info(note);
  const stage = plan(release, gate.origin);
  const cluster = connectCluster(config);
  const adopt = config.recover && !gate.completed;
  if (adopt && stage.isRecovery) await refuseOtherTraffic(cluster, { release, versionOf }, stage.weights);
  const behindGate = { dependsOn: [gate.entered] };
  const jobs = await jobsImage(config, gate, release.phase, textsOf(release, migrations));
  const mayPutBack = config.strategy === "rolling" && config.rolling.onFailure === "rollback";
  const routes = routesToSee(config, versionOf(activeSlot(release)).entrances);
  const access = new JobsAccess("jobs", cluster, { mayPutBack, routes }, behindGate);
  const objects = new VersionResources("version", { cluster, versions, secrets, past }, behindGate);
  // One after the other, so that an unreachable cluster or database is reported once.
  const behindAccess = { dependsOn: [gate.entered, ...access.ready] };
  const logins = loginsOf(gate.completed?.release ?? null, release);
  const database = accessDatabase({ config, passwords, cluster, adopt, ...logins }, behindAccess);
  const known = { config, release, plan: stage, cluster, database, versionOf, access, judged };
  const ready = [gate.entered, ...objects.ready, ...access.ready, ...(database?.ready ?? [])];
  const made = makeStage(stageContext(known, gate, jobs), ready);
  const completed = markCompleted(gate, { release, tested: stage.tested }, jobs.record, made);
  // Nothing in it is secret, but marked as such it does not hide the outputs that people look for.
  return { ...outputs(config, release, stage, versionOf), completed: pulumi.secret(completed) };
};
