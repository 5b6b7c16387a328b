import { expect } from "chai";
import { begin, type Memory } from "../../../jobs/guard/guard-state.ts";
import { MOST_KEPT_COURSES, toKeep } from "../../../jobs/guard/kept-memory.ts";
import { verdictData } from "../../../protocol/state/guard-record.ts";
import type { ColourEvidence, PodEvidence } from "../../../release/judge/evidence.ts";
import { judge } from "../../../release/judge/judge.ts";
import { DEFAULT_LIMITS } from "../../../release/judge/limits.ts";
import { remembered } from "../../bench/growth/remembered.ts";
import { settingsFor } from "./watched-double.ts";

const SECONDS = 180;
const MEBIBYTE = 2 ** 20;

/** Pods that use what is asked of each, all the time. */
const pods = (
  count: number,
  cores: (at: number) => number,
  mebibytes: (at: number) => number,
): PodEvidence[] =>
  Array.from({ length: count }, (_, at) => ({
    name: `pod-${at}`,
    samples: Array.from({ length: 36 }, (_, sample) => ({
      at: sample * 5,
      cores: cores(at),
      bytes: mebibytes(at) * MEBIBYTE,
    })),
  }));

const colour = (all: readonly PodEvidence[]): ColourEvidence => ({
  requests: { count: 100_000, failures: 0 },
  durations: null,
  pods: all,
});

const memoryOf = (active: ColourEvidence, candidate: ColourEvidence): Memory => {
  const begun = begin(null, settingsFor(9090, {}), 0);
  return {
    ...begun,
    stage: {
      ...begun.stage,
      active: { colour: active, pods: {} },
      candidate: { colour: candidate, pods: {} },
    },
    shared: { seconds: SECONDS, colour: active },
  };
};

const judged = ({ stage, shared }: Memory, isSoak: boolean) =>
  judge(
    {
      seconds: SECONDS,
      weight: isSoak ? 100 : 50,
      baseline:
        isSoak && shared
          ? { kind: "recorded", ...shared }
          : { kind: "concurrent", colour: stage.active.colour },
      candidate: stage.candidate.colour,
      moments: [],
      unread: [],
    },
    { ...DEFAULT_LIMITS, durations: null },
  );

describe("what a guard keeps in the verdict object", () => {
  it("is all that it knows of up to fifty pods of a colour", () => {
    const few = colour(
      pods(
        MOST_KEPT_COURSES,
        (at) => at / 100,
        () => 90,
      ),
    );
    const memory = memoryOf(few, few);
    expect(toKeep(memory)).to.deep.equal(memory);
  });

  it("is judged as all that it knows, with three hundred pods of which one uses most CPU and another most memory", () => {
    const usual = pods(
      300,
      () => 0.1,
      () => 90,
    );
    const cases = [
      pods(
        300,
        () => 0.1,
        () => 90,
      ),
      pods(
        300,
        (at) => (at === 222 ? 2 : 0.1),
        () => 90,
      ),
      pods(
        300,
        () => 0.1,
        (at) => (at === 111 ? 500 : 90),
      ),
    ];
    const verdicts = cases.flatMap((candidate) =>
      [false, true].map((isSoak) => {
        const memory = memoryOf(colour(usual), colour(candidate));
        const whole = judged(memory, isSoak);
        expect(judged(toKeep(memory), isSoak)).to.deep.equal(whole);
        return whole.verdict;
      }),
    );
    expect(verdicts.filter((verdict) => verdict === "fail")).to.have.length(4);
  });

  it("fits into a ConfigMap with a thousand pods, and counts on from where each of them was", () => {
    const memory = remembered(settingsFor(1, { limits: DEFAULT_LIMITS }), 1000, Date.parse("2026-01-01"));
    const kept = toKeep(memory);
    const size = (of: Memory) => Buffer.byteLength(verdictData(of).memory);
    expect(size(memory)).to.be.above(MEBIBYTE);
    expect(size(kept)).to.be.below(0.7 * MEBIBYTE);
    expect(kept.stage.candidate.pods).to.deep.equal(memory.stage.candidate.pods);
    expect(kept.stage.candidate.colour.requests).to.deep.equal(memory.stage.candidate.colour.requests);
  });
});
