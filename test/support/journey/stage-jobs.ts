// The names of a stage's Jobs that journeys wait for or count, all in one place: which of them
// share a pod may change, and what is claimed does not.
import { SeededRandom } from "../../../example/load/seeded-random.ts";

/**
 * The Jobs of a blue-green stage with a schema change, as an `up` reports them, in the order in
 * which they begin. Checks that share a Job go by the name of its first one.
 */
export const JOBS = {
  install: ["pull", "schema-base", "ready-blue", "probe"],
  expand: ["ready-blue", "probe", "schema-expanded"],
  backfill: ["ready-blue", "probe", "schema-filled"],
  deploy: ["ready-blue", "probe", "schema-compared", "ready-green"],
  switch: ["ready-green", "schema-intact", "probe", "schema-verified"],
  retire: ["ready-green", "guard-stopped", "probe", "schema-vacated"],
  contract: ["ready-green", "probe", "schema-contractible", "schema-contracted"],
  stable: ["ready-green", "probe", "schema-base"],
} as const;

/** The same on a way back. */
export const JOBS_BACK = {
  stable: ["ready-blue", "probe", "schema-base"],
  backfill: ["ready-blue", "probe", "schema-vacated"],
  deploy: ["ready-blue", "probe"],
  /** Those before the traffic, where the old version was parked. */
  "deploy, before the traffic": ["ready-blue"],
} as const;

/** All checks and proofs of a stage, by name: what the cluster shows of its Jobs' work. */
export const WORK = {
  install: ["logged-in-blue", "probe", "pull", "ready-blue", "schema-base", "smoke-blue", "warm-up-blue"],
  expand: ["probe", "pull", "ready-blue", "schema-expanded"],
  backfill: ["probe", "ready-blue", "schema-filled"],
  deploy: [
    ...["logged-in-green", "probe", "ready-blue", "ready-green"],
    ...["schema-compared", "smoke-green", "warm-up-green"],
  ],
  switch: ["probe", "ready-blue", "ready-green", "schema-intact", "schema-verified"],
  retire: ["guard-stopped", "probe", "ready-green", "schema-vacated"],
  contract: ["probe", "ready-green", "schema-contracted", "schema-contractible"],
  stable: ["probe", "ready-green", "schema-base"],
  "switch, without a database": ["probe", "ready-blue", "ready-green"],
  "back in deploy, from a warm version": ["probe", "ready-blue"],
} as const;

/** The checks of a version that was parked before it gets traffic. */
export const CHECKS_OF_BLUE = ["ready-blue", "smoke-blue", "warm-up-blue"] as const;

/** The Job in which the new version's pods are tested. */
export const TESTS_OF_GREEN = "ready-green";

/** A moment of an `up`, by what that has reported so far. */
export interface Moment {
  readonly title: string;
  readonly hasCome: (reports: readonly string[]) => boolean;
}

const moment = (title: string, report: string): Moment => ({
  title,
  hasCome: (reports) => reports.some((line) => line.includes(report)),
});

/** The moment at which a Job begins. */
export const began = (job: string): Moment => moment(`${job} began`, `:Job ${job} creating`);

const hadEnded = (job: string): Moment => moment(`${job} had ended`, `:Job ${job} created`);

/** Moments in the course of these Jobs, the last of which has not ended yet in any of them. */
const momentsOf = (jobs: readonly string[]): Moment[] =>
  jobs.flatMap((job, at) => (at === jobs.length - 1 ? [began(job)] : [began(job), hadEnded(job)]));

/** The same seed kills at the same moments; set another one to try others. */
export const SEED = Number(process.env["ZERO_DOWNTIME_SEED"] ?? 1);

/** Picks a moment in the course of some Jobs, by the seed. */
export function seededMoments(): (jobs: readonly string[]) => Moment {
  const random = new SeededRandom(SEED);
  return (jobs) => random.pick(momentsOf(jobs));
}
