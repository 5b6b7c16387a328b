import { createDatabaseAt } from "../../support/postgres/test-database.ts";
import { fact, reach } from "../schema/run-job.ts";
import { generateMigrations } from "./generated-migrations.ts";

/** The goals of a release with one new migration, in the order of its stages. */
export const STAGE_GOALS = ["expanded", "filled", "verified", "intact", "contracted", "base"] as const;

/** Seconds of the migrate Job, by its own clock, where the history has so many migrations. */
export interface StageCost {
  readonly migrations: number;
  /** The first `up`: the whole history, on an empty database. */
  readonly install: number;
  /** Each goal of a release to the last one, on tables without rows. */
  readonly goals: Readonly<Record<(typeof STAGE_GOALS)[number], number>>;
  readonly peakMemoryMebibytes: number;
}

/** What Node takes in a Job's 256 MiB, see components/stage/stage-job.ts. */
const JOB_HEAP = "--max-old-space-size=128";

let counter = 0;

export async function stageCost(port: number, count: number): Promise<StageCost> {
  const { folder, ids, remove } = generateMigrations(count);
  const database = await createDatabaseAt(port, `growth_${++counter}`);
  const [before, last] = [ids.at(-2) ?? "", ids.at(-1) ?? ""];
  const subject = { folder, from: before, to: last };
  const options = process.env["NODE_OPTIONS"];
  process.env["NODE_OPTIONS"] = `${options ?? ""} ${JOB_HEAP}`;
  try {
    const install = await reach(database, subject, { goal: "base", from: null, to: before, first: true });
    const goals: Partial<Record<(typeof STAGE_GOALS)[number], number>> = {};
    const peaks = [fact(install, "peakMemoryMebibytes")];
    for (const goal of STAGE_GOALS) {
      const parts = goal === "base" ? { goal, from: last, to: last } : { goal };
      const run = await reach(database, subject, parts);
      goals[goal] = fact(run, "seconds");
      peaks.push(fact(run, "peakMemoryMebibytes"));
    }
    return {
      migrations: count,
      install: fact(install, "seconds"),
      goals: goals as StageCost["goals"],
      peakMemoryMebibytes: Math.max(...peaks),
    };
  } finally {
    if (options === undefined) delete process.env["NODE_OPTIONS"];
    else process.env["NODE_OPTIONS"] = options;
    await database.drop();
    remove();
  }
}
