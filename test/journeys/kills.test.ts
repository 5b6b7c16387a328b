import { SeededRandom } from "../../example/load/seeded-random.ts";
import type { Phase } from "../../release/phases.ts";
import { aJourney } from "../support/journey/a-journey.ts";

/** The same seed kills at the same moments; set another one to try others. */
const SEED = Number(process.env["ZERO_DOWNTIME_SEED"] ?? 1);

/** A moment of an `up`: a Job begins, or it has ended and the next step has not begun. */
interface Moment {
  readonly title: string;
  readonly hasCome: (reports: readonly string[]) => boolean;
}

/** Moments in the course of these Jobs, the last of which has not ended yet in any of them. */
const momentsOf = (jobs: readonly string[]): Moment[] =>
  jobs.flatMap((job, at) => {
    const moment = (title: string, report: string): Moment => ({
      title,
      hasCome: (reports) => reports.some((line) => line.includes(`:Job ${job} ${report}`)),
    });
    const begins = moment(`${job} began`, "creating");
    return at === jobs.length - 1 ? [begins] : [begins, moment(`${job} had ended`, "created")];
  });

/** The Jobs of the stages, in order; on a way back, of those that every way back there has. */
const JOBS = {
  expand: ["ready-blue", "probe", "schema-expanded"],
  backfill: ["ready-blue", "probe", "schema-filled"],
  deploy: ["ready-blue", "probe", "schema-compared", "ready-green"],
  switch: ["ready-green", "schema-intact", "probe", "schema-verified"],
  retire: ["ready-green", "guard-stopped", "probe", "schema-vacated"],
  contract: ["ready-green", "probe", "schema-contractible", "schema-contracted"],
  stable: ["ready-green", "probe", "schema-base"],
} as const;

const JOBS_BACK = {
  stable: ["ready-blue", "probe", "schema-base"],
  backfill: ["ready-blue", "probe", "schema-vacated"],
  deploy: ["ready-blue", "probe"],
} as const;

describe(`A release that is killed in the middle of every stage, there and back (seed ${SEED})`, function () {
  const random = new SeededRandom(SEED);
  const journey = aJourney(this, "kills");

  leaves("expand", "stable");
  completes("expand");
  completes("backfill");
  leaves("deploy", "backfill");
  it("is deployed", () => journey.goes("deploy"));
  leaves("switch", "deploy");

  it("is switched, and serves", async () => {
    await journey.goes("switch");
    await journey.isServedBy("2.0.0");
  });

  completes("retire");
  isRolledBack();

  it("is switched and retired again", async () => {
    await journey.goes("switch");
    await journey.goes("retire");
  });

  completes("contract");
  completes("stable");

  it("loses nothing", async () => {
    await journey.isServedBy("2.0.0");
    await journey.nothingWasLost();
  });

  function completes(phase: keyof typeof JOBS) {
    const { title, hasCome } = random.pick(momentsOf(JOBS[phase]));
    it(`completes ${phase} by the next up, where one was killed when ${title}`, async () => {
      await journey.isKilled(phase, hasCome);
      await journey.goes(phase);
    });
  }

  /** The way back of a stage that never completed, itself killed. */
  function leaves(phase: keyof typeof JOBS, back: keyof typeof JOBS_BACK & Phase) {
    const onward = random.pick(momentsOf(JOBS[phase]));
    const backward = random.pick(momentsOf(JOBS_BACK[back]));
    it(`is back in ${back} from ${phase} killed when ${onward.title}, and again when ${backward.title}`, async () => {
      await journey.isKilled(phase, onward.hasCome);
      await journey.isKilled(back, backward.hasCome);
      await journey.goesBackTo(back);
      await journey.isServedBy("1.0.0");
    });
  }

  /** The old version was parked: it is started, tested and warmed first. */
  function isRolledBack() {
    const { title, hasCome } = random.pick(momentsOf(["ready-blue", "probe"]));
    it(`is rolled back from retire by the next up, where one was killed when ${title}`, async () => {
      await journey.isKilled("deploy", hasCome);
      await journey.goesBackTo("deploy");
      await journey.isServedBy("1.0.0");
    });
  }
});
