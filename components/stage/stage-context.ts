import type * as pulumi from "@pulumi/pulumi";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import type { Config } from "../../protocol/config/config-schema.ts";
import type { StagePlan } from "../../release/plan.ts";
import type { Release, Slot } from "../../release/release.ts";
import type { Cluster } from "../cluster.ts";
import { UNSEEN, type LookBack } from "../identity/look-back.ts";
import type { DatabaseAccess } from "../database.ts";
import type { Gate, Judged } from "../gate.ts";
import type { JobsAccess } from "../jobs/jobs-access.ts";
import type { JobsImage } from "../jobs/jobs-image.ts";

/** What the steps of a stage are made with. */
export interface StageContext extends LookBack {
  readonly config: Omit<Config, "databasePasswords">;
  readonly release: Release;
  readonly plan: StagePlan;
  readonly cluster: Cluster;
  readonly database: DatabaseAccess | null;
  /** What a slot consists of. */
  readonly versionOf: (slot: Slot) => VersionObjects;
  readonly access: JobsAccess;
  readonly judged: Judged;
  /** The jobs image. */
  readonly image: pulumi.Output<string>;
  /** The format of settings that the image reads. */
  readonly format: number | undefined;
  readonly number: number;
  /** See `Gate.clock`. */
  readonly clock: number | undefined;
}

/**
 * Time a Job's pod may take to be scheduled, pulled and started, on top of its program's own limit.
 */
export const POD_START_SECONDS = 60;

/** Limit of a check that does not wait for pods to start. */
export const CHECK_SECONDS = 120;

/** What a stage is made with, of an attempt that the gate has let in. */
export function stageContext(
  known: Omit<StageContext, keyof LookBack | "number" | "clock" | "image" | "format">,
  { number, clock, attempt, seen }: Pick<Gate, "number" | "clock" | "attempt" | "seen">,
  { record, format }: JobsImage,
): StageContext {
  const image = record.apply((jobs) => jobs.image);
  return { ...known, number, clock, image, format, probeValue: attempt, ...(seen ?? UNSEEN) };
}
