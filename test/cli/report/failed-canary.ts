import { historyOf } from "../../../cli/stack/history.ts";
import type { Recorded } from "../../../cli/report/recorded.ts";
import { watchOf } from "../../../protocol/state/guard-record.ts";
import { SeededRandom } from "../../../example/load/seeded-random.ts";
import { NO_COURSE, noteAnswers, noteShare, type Course } from "../../../release/traffic-history.ts";
import type { ColourEvidence, Histogram } from "../../../release/judge/evidence.ts";
import { judge } from "../../../release/judge/judge.ts";
import type { Judgement } from "../../../release/judge/judgement.ts";
import { DEFAULT_LIMITS } from "../../../release/judge/limits.ts";

/**
 * Release 2.4.0 of a shop: well at 1 %, and out of database connections after a minute at 5 %.
 * Samples are drawn; the verdict is the judge's.
 */
const IMAGES = { blue: `shop@sha256:${"a".repeat(64)}`, green: `shop@sha256:${"b".repeat(64)}` };
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const REQUESTS_PER_SECOND = 60;
const LOOK_SECONDS = 2;
const BEGAN = Date.parse("2026-03-12T14:02:11.000Z");

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

interface Behaviour {
  readonly failures: number;
  /** Median duration in seconds. */
  readonly median: number;
}

const STEADY: Behaviour = { failures: 0.001, median: 0.018 };
const EXHAUSTED: Behaviour = { failures: 0.12, median: 0.026 };

/** Draws requests and keeps the counters that pods would. */
class Pods {
  #count = 0;
  #failures = 0;
  readonly #atMost = BOUNDS.map(() => 0);
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  answer({ failures, median }: Behaviour): void {
    this.#count += 1;
    if (this.#random.chance(failures)) this.#failures += 1;
    // Log-normal, by Box and Muller.
    const normal =
      Math.sqrt(-2 * Math.log(1 - this.#random.next())) * Math.cos(2 * Math.PI * this.#random.next());
    const seconds = median * Math.exp(0.6 * normal);
    BOUNDS.forEach((bound, at) => {
      if (seconds <= bound) this.#atMost[at] = (this.#atMost[at] ?? 0) + 1;
    });
  }

  counted(): ColourEvidence {
    const durations: Histogram = { bounds: BOUNDS, atMost: [...this.#atMost], count: this.#count };
    return { requests: { count: this.#count, failures: this.#failures }, durations, pods: [] };
  }
}

interface Rung {
  readonly weight: number;
  readonly begunAt: number;
  readonly candidate: (second: number) => Behaviour;
}

interface Watched {
  readonly course: Course;
  readonly judgement: Judgement;
  readonly seconds: number;
  readonly active: ColourEvidence;
  readonly candidate: ColourEvidence;
}

const LIMITS = { ...DEFAULT_LIMITS, cpu: null, memory: null };

/** Watches a rung as the guard does, until the judge passes or fails it. */
function watchRung({ weight, begunAt, candidate }: Rung, random: SeededRandom, before: Course): Watched {
  const [blue, green] = [new Pods(random), new Pods(random)];
  let course = noteShare(before, { at: begunAt, candidate: weight, by: "zero-downtime" });
  for (let second = 1; second <= 3600; second += 1) {
    for (let request = 0; request < REQUESTS_PER_SECOND; request += 1) {
      if (random.chance(weight / 100)) green.answer(candidate(second));
      else blue.answer(STEADY);
    }
    if (second % LOOK_SECONDS !== 0) continue;
    const [active, own] = [blue.counted(), green.counted()];
    course = noteAnswers(course, {
      at: begunAt + second * 1000,
      number: begunAt,
      active,
      candidate: own,
    });
    const baseline = { kind: "concurrent", colour: active } as const;
    const judgement = judge(
      { seconds: second, weight, baseline, candidate: own, moments: [], unread: [] },
      LIMITS,
    );
    if (judgement.verdict !== "inconclusive")
      return { course, judgement, seconds: second, active, candidate: own };
  }
  throw new Error("Cannot tell of a failed canary as the judge has not come to a verdict within an hour");
}

const slot = (colour: "blue" | "green", version: string, schema: string) => ({
  version,
  image: IMAGES[colour],
  schema,
});

const FRAME = {
  "zero-downtime:strategy": { value: "canary" },
  "zero-downtime:namespace": { value: "shop" },
  "zero-downtime:blue": { objectValue: slot("blue", "2.3.1", "0007-add-currency") },
  "zero-downtime:databasePasswords": { value: "[secret]", secret: true },
};
const GREEN_BEFORE = {
  "zero-downtime:green": { objectValue: slot("green", "2.3.0", "0007-add-currency") },
};
const GREEN = { "zero-downtime:green": { objectValue: slot("green", "2.4.0", "0008-split-street") } };

interface Up {
  readonly at: number;
  readonly seconds: number;
  readonly phase: string;
  readonly weight?: number;
  readonly green?: object;
  readonly message: string;
  readonly kind?: string;
  readonly result?: string;
}

/** As `pulumi stack history --json` prints it. */
const printed = ({ at, seconds, phase, weight = 1, green = GREEN, message, kind = "cli", result }: Up) => ({
  kind: "update",
  startTime: iso(at),
  endTime: iso(at + seconds * 1000),
  result: result ?? "succeeded",
  message,
  environment: {
    "exec.kind": kind,
    "git.head": "4f2c9ab1d07e55aa10c7f6b1e2d3c4b5a6978812",
    "git.dirty": "false",
    "git.author": "Ada Example",
  },
  config: {
    ...FRAME,
    ...green,
    "zero-downtime:phase": { value: phase },
    "zero-downtime:active": { value: "blue" },
    "zero-downtime:weight": { value: String(weight) },
  },
});

/** Everything that is recorded of it, as the gathering finds it. */
export function failedCanary(): Recorded {
  const random = new SeededRandom(20_260_312);
  const minutes = (count: number) => BEGAN + count * 60_000;
  const first = watchRung({ weight: 1, begunAt: minutes(9), candidate: () => STEADY }, random, NO_COURSE);
  const raised = minutes(9) + (first.seconds + 40) * 1000;
  const second = watchRung(
    {
      weight: 5,
      begunAt: raised + 9_000,
      candidate: (now) => (now > 60 ? EXHAUSTED : STEADY),
    },
    random,
    first.course,
  );
  const failedAt = raised + 9_000 + second.seconds * 1000;
  const course = noteShare(second.course, {
    at: failedAt + 1_400,
    candidate: 0,
    by: "zero-downtime-guard",
  });
  const stage = ({ judgement, seconds }: Watched, begunAt: number) => ({
    number: begunAt,
    judgement,
    since: iso(begunAt + seconds * 1000),
    seconds,
    allowed: null,
  });
  const ups: Up[] = [
    { at: minutes(-3000), seconds: 21, phase: "stable", green: GREEN_BEFORE, message: "Sell in euros" },
    { at: minutes(0), seconds: 17, phase: "expand", message: "Split the street for 2.4.0" },
    { at: minutes(1.5), seconds: 154, phase: "backfill", message: "Split the street for 2.4.0" },
    { at: minutes(5), seconds: 31, phase: "deploy", message: "Split the street for 2.4.0", result: "failed" },
    { at: minutes(6), seconds: 44, phase: "deploy", message: "Give the smoke test the new path" },
    { at: minutes(9) - 8_000, seconds: 12, phase: "canary", message: "First users on 2.4.0" },
    { at: raised, seconds: 12, phase: "canary", weight: 5, message: "1 % passed" },
    {
      at: failedAt + 185_000,
      seconds: 14,
      phase: "deploy",
      message: "2.4.0 runs out of database connections",
      kind: "auto.local",
    },
  ];
  const verdict = {
    image: IMAGES.green,
    version: "2.4.0",
    watched: 5,
    stages: { 1: stage(first, minutes(9)), 5: stage(second, raised + 9_000) },
    failed: { watched: 5, sentence: second.judgement.sentence, at: iso(failedAt) },
  };
  const memory = {
    stage: { active: { colour: second.active }, candidate: { colour: second.candidate } },
    course,
  };
  return {
    app: "shop",
    stack: "acme/production",
    madeAt: iso(failedAt + 600_000),
    history: historyOf(ups.map(printed).reverse()),
    now: {
      found: "The release stands in deploy with blue active; blue 2.3.1 has 100 % of the public traffic.",
    },
    seen: { blue: 100, green: 0, by: "zero-downtime" },
    watch: { found: watchOf({ verdict: JSON.stringify(verdict), memory: JSON.stringify(memory) }) },
    schema: {
      found: {
        migrations: [
          { id: "0007-add-currency", state: "finished", at: "2026-03-01T09:12:44.000Z" },
          { id: "0008-split-street", state: "filled", at: iso(minutes(4)) },
        ],
        walks: [
          {
            migration: "0008-split-street",
            name: "backfill address",
            rows: 1_204_331,
            expected: 1_204_331,
            seconds: 131,
            at: iso(minutes(3.8)),
          },
        ],
        events: [{ name: "filled", migration: "0008-split-street", at: iso(minutes(4)) }],
      },
    },
    remarks: [],
  };
}
