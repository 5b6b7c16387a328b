import { expect } from "chai";
import fc from "fast-check";
import { count, NOTHING_COUNTED, type SeenPod, type Tally } from "../../../jobs/guard/counter-deltas.ts";

/** A pod of the world as it is: what it has answered since its process began. */
interface Pod {
  readonly name: string;
  readonly createdAt: number;
  restarts: number;
  requests: number;
  failures: number;
}

const seen = ({ name, createdAt, restarts, requests, failures }: Pod): SeenPod => ({
  name,
  createdAt,
  restarts,
  sample: {
    requests,
    failures,
    durations: { bounds: [0.1], atMost: [requests - failures], count: requests },
    cpuSeconds: requests / 100,
    memoryBytes: 1e6,
  },
});

const BEGUN_AT = 1_000_000;

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("answer" as const), pod: fc.nat(3), good: fc.nat(50), bad: fc.nat(5) }),
    fc.record({ do: fc.constant("restart" as const), pod: fc.nat(3) }),
    fc.record({ do: fc.constant("replace" as const), pod: fc.nat(3) }),
    fc.record({ do: fc.constant("miss" as const), pod: fc.nat(3) }),
    fc.record({ do: fc.constant("guard restarts" as const) }),
  ),
  { maxLength: 60 },
);

describe("count", () => {
  it("counts every answer once, through restarts of pods and of the guard, replaced pods, and looks that fail", () => {
    fc.assert(
      fc.property(steps, fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }), (walk, before) => {
        let now = BEGUN_AT;
        let born = 0;
        const pods: Pod[] = before.map((requests) => ({
          name: `pod-${born++}`,
          createdAt: BEGUN_AT - 60_000,
          restarts: 0,
          requests,
          failures: 0,
        }));
        const true_ = { count: 0, failures: 0 };
        let tally: Tally = NOTHING_COUNTED;
        let kept = JSON.stringify(tally);
        const look = (missing?: string) => {
          now += 2_000;
          const seconds = (now - BEGUN_AT) / 1000;
          tally = count(tally, {
            at: now,
            begunAt: BEGUN_AT,
            seconds,
            isInForce: true,
            pods: pods.filter(({ name }) => name !== missing).map(seen),
            alive: pods.map(({ name }) => name),
          });
        };
        look();
        kept = JSON.stringify(tally);
        for (const step of walk) {
          const pod = "pod" in step ? pods[step.pod] : undefined;
          if (step.do === "answer" && pod) {
            pod.requests += step.good + step.bad;
            pod.failures += step.bad;
            true_.count += step.good + step.bad;
            true_.failures += step.bad;
          }
          if (step.do === "miss" && pod) look(pod.name);
          else if (step.do === "guard restarts") tally = JSON.parse(kept) as Tally;
          else {
            look();
            kept = JSON.stringify(tally);
          }
          // What a process counted is gone with it, so it ends just after a look, as nearly all of
          // its life is.
          if (step.do === "restart" && pod)
            Object.assign(pod, { restarts: pod.restarts + 1, requests: 0, failures: 0 });
          if (step.do === "replace" && pod)
            pods[step.pod] = { name: `pod-${born++}`, createdAt: now, restarts: 0, requests: 0, failures: 0 };
        }
        look();
        expect(tally.colour.requests).to.deep.equal(true_);
        expect(tally.colour.durations?.count).to.equal(true_.count);
        expect(tally.colour.durations?.atMost).to.deep.equal([true_.count - true_.failures]);
      }),
      { numRuns: 500 },
    );
  });

  it("counts nothing of what was answered while the stage's traffic was not in force", () => {
    const pod: Pod = { name: "a", createdAt: 0, restarts: 0, requests: 0, failures: 0 };
    let tally = NOTHING_COUNTED;
    const look = (isInForce: boolean) => {
      const looked = { at: BEGUN_AT, begunAt: BEGUN_AT, seconds: 1, isInForce };
      tally = count(tally, { ...looked, pods: [seen(pod)], alive: ["a"] });
    };
    for (const [answers, isInForce] of [
      [10, false],
      [7, true],
      [100, false],
      [3, true],
    ] as const) {
      pod.requests += answers;
      look(isInForce);
    }
    expect(tally.colour.requests).to.deep.equal({ count: 10, failures: 0 });
  });

  it("keeps the bounds of durations when a pod comes that has observed none yet", () => {
    const old = seen({ name: "a", createdAt: 0, restarts: 0, requests: 100, failures: 0 });
    const fresh = { ...seen({ name: "b", createdAt: BEGUN_AT, restarts: 0, requests: 0, failures: 0 }) };
    const silent = { ...fresh, sample: { ...fresh.sample, durations: null } };
    const answering = seen({ name: "b", createdAt: BEGUN_AT, restarts: 0, requests: 8, failures: 0 });
    let tally = NOTHING_COUNTED;
    for (const [at, pods] of [[old], [old, silent], [old, answering]].entries())
      tally = count(tally, {
        at: BEGUN_AT + at * 2_000,
        begunAt: BEGUN_AT,
        seconds: at * 2,
        isInForce: true,
        pods,
        alive: ["a", "b"],
      });
    expect(tally.colour.durations).to.deep.equal({ bounds: [0.1], atMost: [8], count: 8 });
  });

  it("keeps enough samples in every third of the time, however long the watch, and none of a pod that is long gone", () => {
    let tally = NOTHING_COUNTED;
    const pod = seen({ name: "a", createdAt: 0, restarts: 0, requests: 0, failures: 0 });
    const gone = seen({ name: "gone", createdAt: 0, restarts: 0, requests: 0, failures: 0 });
    for (let seconds = 0; seconds <= 4000; seconds += 2) {
      const isThere = seconds < 1000;
      tally = count(tally, {
        at: BEGUN_AT + seconds * 1000,
        begunAt: BEGUN_AT,
        seconds,
        isInForce: true,
        pods: isThere ? [pod, gone] : [pod],
        alive: isThere ? ["a", "gone"] : ["a"],
      });
      if (seconds < 120) continue;
      const samples = tally.colour.pods.find(({ name }) => name === "a")?.samples ?? [];
      for (const third of [0, 1, 2])
        expect(
          samples.filter(({ at }) => Math.min(2, Math.floor((3 * at) / seconds)) === third),
          `third ${third} after ${seconds} s`,
        ).to.have.length.of.at.least(6);
    }
    expect(tally.colour.pods.map(({ name }) => name)).to.deep.equal(["a"]);
  });

  it("keeps few samples of each pod, some of them from the beginning and enough of late", () => {
    let tally = NOTHING_COUNTED;
    for (let seconds = 0; seconds <= 3600; seconds += 2) {
      const pod = seen({ name: "a", createdAt: 0, restarts: 0, requests: seconds * 10, failures: 0 });
      const at = BEGUN_AT + seconds * 1000;
      tally = count(tally, { at, begunAt: BEGUN_AT, seconds, isInForce: true, pods: [pod], alive: ["a"] });
    }
    const samples = tally.colour.pods[0]?.samples ?? [];
    expect(samples).to.have.length.within(15, 40);
    expect(samples[0]?.at).to.equal(0);
    expect(samples.filter(({ at }) => at > 2400)).to.have.length.greaterThan(6);
    // 20 requests between two looks, each worth 10 ms.
    for (const { cores } of samples.slice(1)) expect(cores).to.be.closeTo(0.1, 0.001);
  });
});
