import { expect } from "chai";
import { afterLook, begin, type Memory, type Sight } from "../../../jobs/guard/guard-state.ts";
import type { SeenPod } from "../../../jobs/guard/counter-deltas.ts";
import type { GuardSettings } from "../../../protocol/jobs/guard-settings.ts";
import type { Histogram } from "../../../release/judge/evidence.ts";
import { DEFAULT_LIMITS } from "../../../release/judge/limits.ts";
import { BOUNDS, steadyDurations } from "../../release/judge/evidences.ts";
import { entranceGiving, settingsFor } from "./watched-double.ts";

const BEGUN_AT = Date.parse("2026-01-01T00:00:00Z");
const EVERY_SECONDS = 2;
const RATE = 800;

const settings = (more: Partial<GuardSettings> = {}) =>
  settingsFor(9090, {
    everySeconds: EVERY_SECONDS,
    limits: { ...DEFAULT_LIMITS, cpu: null, memory: null },
    ...more,
  });

const sumOf = (one: Histogram, two: Histogram): Histogram => ({
  bounds: BOUNDS,
  atMost: BOUNDS.map((_, at) => (one.atMost[at] ?? 0) + (two.atMost[at] ?? 0)),
  count: one.count + two.count,
});

/**
 * A release as its guards see it: at each look both colours have answered as slowly as was said
 * since the look before.
 */
class Watched {
  memory: Memory | null = null;
  /** Of each colour's containers, as `pod/container`. */
  readonly restarts: Record<"blue" | "green", Record<string, number>> = { blue: {}, green: {} };
  #settings = settings();
  #at = BEGUN_AT;
  readonly #answered = { blue: steadyDurations(0), green: steadyDurations(0) };
  readonly #answers: (slowness: number) => Histogram;

  /** @param answers what a colour answers between two looks */
  constructor(answers = (slowness: number) => steadyDurations(RATE * EVERY_SECONDS, slowness)) {
    this.#answers = answers;
  }

  /** Another attempt begins, or the same one goes on in a guard that was started again. */
  guard(more: Partial<GuardSettings>): this {
    this.#settings = settings(more);
    const kept = this.memory && (JSON.parse(JSON.stringify(this.memory)) as Memory);
    this.memory = begin(kept, this.#settings, this.#at);
    return this;
  }

  /** @param slowness 1 as on record */
  look(seconds: number, slowness = 1, isRead = true): this {
    for (let passed = 0; passed < seconds; passed += EVERY_SECONDS) {
      this.#at += EVERY_SECONDS * 1000;
      this.#answer("green", slowness);
      if (this.#settings.watched !== "switch") this.#answer("blue", 1);
      if (this.memory) this.memory = afterLook(this.memory, this.#sight(isRead), this.#settings);
    }
    return this;
  }

  get moments() {
    return this.memory?.stage.moments?.ended ?? [];
  }

  get judgement() {
    const { record } = this.memory ?? {};
    return record?.stages[String(record.watched)]?.judgement;
  }

  get verdict() {
    return this.judgement?.verdict;
  }

  #answer(colour: "blue" | "green", slowness: number) {
    this.#answered[colour] = sumOf(this.#answered[colour], this.#answers(slowness));
  }

  #sight(isRead: boolean): Sight {
    const weight = this.#settings.watched === "switch" ? 100 : this.#settings.watched;
    const colour = (name: "blue" | "green") => ({
      seen: isRead ? [this.#pod(name)] : [],
      alive: [name],
      ready: 2,
      unread: isRead ? [] : [`${name} pod ${name}: no answer`],
      restarts: { ...this.restarts[name] },
    });
    return {
      at: this.#at,
      entrances: [entranceGiving({ blue: 100 - weight, green: weight })],
      active: colour("blue"),
      candidate: colour("green"),
      database: { active: null, candidate: null },
      problems: [],
    };
  }

  #pod(colour: "blue" | "green"): SeenPod {
    const durations = this.#answered[colour];
    const sample = {
      requests: durations.count,
      failures: 0,
      durations,
      cpuSeconds: null,
      memoryBytes: null,
    };
    return { name: colour, restarts: 0, createdAt: BEGUN_AT - 60_000, sample };
  }
}

describe("what a guard knows of its candidate as it begins", () => {
  const { candidate } = settings();
  const failed = { watched: 5, sentence: "9 of 90 failed.", at: "2026-01-01T00:00:00Z" } as const;
  const by = (digest: string | undefined, number: number) =>
    settings({ number, candidate: digest === undefined ? candidate : { ...candidate, digest } });
  /** The record of a guard that has failed its candidate, as the next guard takes it up. */
  const next = (before: string | undefined, now: string | undefined) => {
    const memory = begin(null, by(before, 1), BEGUN_AT);
    const found = { ...memory, record: { ...memory.record, failed } };
    return begin(found, by(now, 2), BEGUN_AT).record;
  };

  it("is its failure, where the digest is the one that failed", () => {
    expect(next("one", "one")).to.include({ digest: "one", failed });
  });

  it("is no failure of another digest, which it keeps for those who ask later", () => {
    const record = next("one", "two");
    expect(record).to.include({ digest: "two", failed: null });
    expect(record.earlier).to.deep.equal([
      { image: candidate.image, digest: "one", version: candidate.version, failed },
    ]);
  });

  it("is what the image did, where guard or program is of before there were digests", () => {
    expect(next(undefined, "one")).to.include({ digest: "one", failed });
    expect(next("one", undefined)).to.include({ failed }).and.to.not.have.property("digest");
  });
});

describe("a candidate one of whose containers ends again and again", () => {
  const RUNG = { watched: 50, number: 1 } as const;
  const onRung = () => new Watched().guard(RUNG).look(10);
  /** A container ends so often, a look after the other. */
  const ending = (
    watched: Watched,
    times: number,
    key = "green/proxy",
    colour: "blue" | "green" = "green",
  ) => {
    for (let time = 0; time < times; time += 1) {
      const { [key]: before = 0 } = watched.restarts[colour];
      watched.restarts[colour][key] = before + 1;
      watched.look(EVERY_SECONDS);
    }
    return watched;
  };

  it("fails at the third time, though no request failed", () => {
    const watched = ending(onRung(), 2);
    expect(watched.verdict).not.to.equal("fail");
    ending(watched, 1);
    expect(watched.judgement).to.include({
      verdict: "fail",
      sentence:
        "2.0.0 crashes: container proxy of pod green has ended 3 times within 10 minutes, and none of 1.0.0 did.",
    });
  });

  it("is not failed by what its pods had behind them when the stage began", () => {
    const watched = new Watched();
    watched.restarts.green["green/proxy"] = 9;
    expect(ending(watched.guard(RUNG).look(10), 2).verdict).not.to.equal("fail");
  });

  it("fails by a pod that came later, and is found after three times", () => {
    const watched = onRung();
    watched.restarts.green["green-2/app"] = 3;
    expect(watched.look(EVERY_SECONDS).verdict).to.equal("fail");
  });

  it("is not failed by several containers that end once each, as where a node restarts", () => {
    const watched = onRung();
    for (const key of ["green/app", "green/proxy", "green-2/app", "green-2/proxy"]) ending(watched, 1, key);
    expect(watched.verdict).not.to.equal("fail");
  });

  it("is not failed by ends that are far from each other", () => {
    const watched = onRung();
    for (let time = 0; time < 4; time += 1) ending(watched, 1).look(400);
    expect(watched.verdict).not.to.equal("fail");
  });

  it("is not failed where the active version crashes as well", () => {
    const watched = ending(onRung(), 3, "blue/app", "blue");
    expect(ending(watched, 3).verdict).not.to.equal("fail");
  });

  it("is found by a guard that was started again in between", () => {
    const watched = ending(onRung(), 2).guard(RUNG);
    expect(ending(watched, 1).verdict).to.equal("fail");
  });
});

describe("what a guard remembers of a soak", () => {
  const RUNG = { watched: 50, number: 1 } as const;
  const SOAK = { watched: "switch", number: 2 } as const;
  const soaking = () => new Watched().guard(RUNG).look(130).guard(SOAK);

  it("is the durations of every moment, and of a rung none", () => {
    const rung = new Watched().guard(RUNG).look(130);
    expect(rung.verdict).to.equal("pass");
    expect(rung.moments).to.deep.equal([]);
    const soak = rung.guard(SOAK).look(62);
    expect(soak.moments).to.have.length(10);
    for (const { quantiles } of soak.moments) expect(quantiles["0.5"]).to.be.within(0.015, 0.025);
  });

  it("fails no version for a spell of 20 s in which every answer takes ten times as long, at any time of the soak", () => {
    for (const before of [0, 20, 120, 600]) {
      const soak = soaking().look(before).look(20, 10).look(120);
      expect(soak.memory?.record.failed).to.equal(null);
    }
  });

  it("fails a version that is twice as slow all the time, within two minutes", () => {
    const soak = soaking().look(84, 2);
    expect(soak.memory?.record.failed).to.equal(null);
    expect(soak.look(36, 2).memory?.record.failed?.sentence).to.match(/above it in 16 of 16 moments/);
  });

  it("fails, by the absolute limit alone, slow outliers at three requests a second after 1,600 of them", () => {
    const oneOfSix = (slowness: number) => sumOf(steadyDurations(5), steadyDurations(1, slowness));
    const durations = { quantiles: [0.5, 0.95], relative: 1.5, negligible: 0.01, absolute: 1 };
    const limits = { ...DEFAULT_LIMITS, durations, cpu: null, memory: null };
    const soak = new Watched(oneOfSix).guard({ ...SOAK, limits }).look(540, 100);
    expect(soak.memory?.record.failed).to.equal(null);
    expect(soak.look(6, 100).memory?.record.failed?.sentence).to.match(/above it in 16 of 16 moments/);
    const steady = new Watched(oneOfSix).guard({ ...SOAK, limits }).look(1200, 10);
    expect(steady.memory?.record.failed).to.equal(null);
  });

  it("has moments of half a minute where a Prometheus is asked, and still finds what is too slow", () => {
    const prometheus = { url: "http://prometheus.invalid", podLabel: "pod", matchers: "" };
    const metrics = { ...settings().metrics, prometheus };
    const soak = new Watched()
      .guard(RUNG)
      .look(130)
      .guard({ ...SOAK, metrics })
      .look(450, 2);
    expect(soak.moments.map(({ at }) => at).slice(0, 3)).to.deep.equal([30, 60, 90]);
    expect(soak.memory?.record.failed).to.equal(null);
    expect(soak.look(40, 2).memory?.record.failed?.sentence).to.match(/above it in 16 of 16 moments/);
  });

  it("continues a moment when the guard restarts, and counts what came meanwhile as one moment", () => {
    const soak = soaking().look(10);
    const { moments } = soak;
    soak.guard(SOAK).look(4);
    expect(soak.moments.slice(0, moments.length)).to.deep.equal(moments);
    expect(soak.moments.map(({ at }) => at)).to.deep.equal([...moments.map(({ at }) => at), 12]);
  });

  it("has no moment of looks that read nothing: they are neither fast nor slow", () => {
    const soak = soaking().look(62, 3);
    const { moments } = soak;
    soak.look(40, 3, false);
    expect(soak.moments).to.deep.equal(moments);
    soak.look(2, 3);
    expect(soak.moments).to.have.length(moments.length + 1);
    expect(soak.verdict).to.equal("inconclusive");
    expect(soak.look(40, 3).verdict).to.equal("fail");
  });

  it("begins anew where a guard of an older program has kept none, and still finds what is too slow", () => {
    const soak = soaking().look(300);
    if (soak.memory) {
      const { moments: _, ...older } = soak.memory.stage;
      soak.memory = { ...soak.memory, stage: older };
    }
    soak.guard(SOAK).look(8);
    expect(soak.memory?.record.failed).to.equal(null);
    expect(soak.moments).to.have.length(1);
    expect(soak.look(130, 3).verdict).to.equal("fail");
  });

  it("goes on where a guard of an older program has begun one moment for all quantiles", () => {
    const soak = soaking().look(62);
    const { moments } = soak;
    if (soak.memory) {
      const begun = { at: 60, durations: steadyDurations(60 * RATE) };
      const older = JSON.parse(JSON.stringify({ ...soak.memory.stage, moments: { ended: moments, begun } }));
      soak.memory = { ...soak.memory, stage: older as Memory["stage"] };
    }
    soak.guard(SOAK).look(10);
    expect(soak.moments.slice(0, moments.length)).to.deep.equal(moments);
    expect(soak.moments).to.have.length(moments.length + 1);
    expect(soak.look(180, 3).verdict).to.equal("fail");
  });

  it("begins anew with another attempt", () => {
    const soak = soaking().look(80, 3);
    expect(soak.moments).to.have.length(13);
    expect(soak.guard({ watched: "switch", number: 3 }).moments).to.deep.equal([]);
    expect(soak.look(60, 3).memory?.record.failed).to.equal(null);
  });
});
