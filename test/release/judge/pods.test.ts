import { expect } from "chai";
import type { ColourEvidence, Evidence } from "../../../release/judge/evidence.ts";
import { judge } from "../../../release/judge/judge.ts";
import { DEFAULT_LIMITS, type PodLimits } from "../../../release/judge/limits.ts";
import { after, beside, colour, pod } from "./evidences.ts";

describe("the judge of pods", () => {
  const podsOf = (pods: ColourEvidence["pods"], count = 5000) => colour(count, 0, { pods });
  const two = (letter: string, use: Parameters<typeof pod>[2] = {}, seconds = 300) => [
    pod(`${letter}-1`, seconds, use),
    pod(`${letter}-2`, seconds, use),
  ];
  const findingOf = (evidence: Evidence, metric: string, limits = DEFAULT_LIMITS) =>
    judge(evidence, limits).findings.find((finding) => finding.metric === metric);

  it("lets pods pass that use as much as the baseline's", () => {
    expect(judge(beside(50, podsOf(two("a")), podsOf(two("b"))), DEFAULT_LIMITS).verdict).to.equal("pass");
  });

  it("fails a pod that leaks memory once it is above the limit, and holds the rung while it is on its way", () => {
    const leaking = (perSecond: number) =>
      beside(
        5,
        podsOf(two("a")),
        podsOf([pod("b-1", 300, { mebibytes: (at) => 100 + at * perSecond }), pod("b-2", 300)]),
      );
    expect(judge(leaking(0.5), DEFAULT_LIMITS)).to.include({ verdict: "fail" });
    expect(findingOf(leaking(0.5), "memory")?.sentence).to.match(
      /^pod b-1 uses \d+ MiB, against 100 MiB of the baseline's \(a-1\), limit 150 MiB: 2(\.\d)? times$/,
    );
    expect(judge(leaking(0.1), DEFAULT_LIMITS).verdict).to.equal("inconclusive");
    expect(findingOf(leaking(0.1), "memory")?.sentence).to.match(
      /^pod b-1 uses \d+ MiB and grows by 6(\.\d)? MiB a minute without slowing down: above the limit of 150 MiB in about \d+ s$/,
    );
    expect(judge(leaking(0.001), DEFAULT_LIMITS).verdict).to.equal("pass");
  });

  it("lets memory settle after a start, and breathe", () => {
    const settling = { mebibytes: (at: number) => 110 - 40 * Math.exp(-at / 30) };
    const breathing = { mebibytes: (at: number) => 100 + 15 * (((at * 7) % 40) / 40) };
    for (const use of [settling, breathing])
      expect(judge(beside(5, podsOf(two("a")), podsOf(two("b", use))), DEFAULT_LIMITS).verdict).to.equal(
        "pass",
      );
  });

  it("fails a pod that needs far more CPU, even if it is one of several, and bears a short burst", () => {
    const busy = [pod("b-1", 300, { cores: () => 0.9 }), pod("b-2", 300)];
    expect(findingOf(beside(50, podsOf(two("a")), podsOf(busy)), "cpu")?.verdict).to.equal("fail");
    const burst = two("b", { cores: (at) => (at > 280 ? 2 : 0.2) });
    expect(findingOf(beside(50, podsOf(two("a")), podsOf(burst)), "cpu")?.verdict).to.equal("pass");
  });

  it("allows for as much more CPU as there is more traffic to each pod than the record knows", () => {
    const doubled = podsOf(two("b", { cores: () => 0.4 }), 10_000);
    expect(findingOf(after(podsOf(two("a")), doubled), "cpu")?.verdict).to.equal("pass");
    const tripled = podsOf(two("b", { cores: () => 0.7 }), 10_000);
    expect(findingOf(after(podsOf(two("a")), tripled), "cpu")?.verdict).to.equal("fail");
  });

  it("goes by the absolute limit in switch, too", () => {
    const memory: PodLimits = { relative: 1.5, negligible: 0, absolute: 80 * 1024 * 1024 };
    const limits = { ...DEFAULT_LIMITS, memory };
    expect(findingOf(after(podsOf(two("a")), podsOf(two("b"))), "memory", limits)?.verdict).to.equal("fail");
    const alone: Evidence = {
      ...after(podsOf(two("a")), podsOf(two("b"))),
      baseline: { kind: "none" },
    };
    expect(findingOf(alone, "memory", limits)?.verdict).to.equal("fail");
    expect(findingOf(alone, "cpu", limits)).to.equal(undefined);
  });

  it("holds the rung where pods were not measured, or were all replaced just now", () => {
    const replaced = [{ name: "b-3", samples: pod("b-3", 300).samples.slice(-4) }];
    for (const pods of [[], replaced]) {
      const judged = judge(beside(50, podsOf(two("a")), podsOf(pods)), DEFAULT_LIMITS);
      expect(judged.verdict).to.equal("inconclusive");
      expect(judged.missing).to.deep.equal([
        "CPU of the candidate's pods could not be measured, or not 6 times in the last third of the time",
        "memory of the candidate's pods could not be measured, or not 6 times in the last third of the time",
      ]);
    }
  });

  it("takes no notice of pods that are gone", () => {
    const gone = { name: "b-0", samples: pod("b-0", 300, { mebibytes: () => 900 }).samples.slice(0, 20) };
    expect(findingOf(beside(50, podsOf(two("a")), podsOf([gone, ...two("b")])), "memory")?.verdict).to.equal(
      "pass",
    );
  });
});
