import { expect } from "chai";
import fc from "fast-check";
import type { Evidence } from "../../../release/judge/evidence.ts";
import { judge } from "../../../release/judge/judge.ts";
import { DEFAULT_LIMITS } from "../../../release/judge/limits.ts";
import { after, beside, colour, FAILURES_ONLY, pod, REQUESTS_ONLY, steadyDurations } from "./evidences.ts";

const weights = fc.constantFrom(1, 5, 25, 50);
const requests = fc
  .tuple(fc.nat(20_000), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 12 }))
  .map(([count, part, shift]) => ({ count, failures: Math.floor((count * part) / 2 ** shift) }));
const seconds = fc.integer({ min: 0, max: 3600 });

const evidences: fc.Arbitrary<Evidence> = fc
  .tuple(weights, requests, requests, seconds, fc.boolean(), fc.double({ min: 0.5, max: 4, noNaN: true }))
  .map(([weight, baseline, candidate, time, isRecorded, factor]) => {
    const old = colour(baseline.count, baseline.failures, { pods: [pod("a", 300)] });
    const own = colour(candidate.count, candidate.failures, {
      durations: steadyDurations(candidate.count, factor),
      pods: [pod("b", time)],
    });
    return isRecorded ? after(old, own, time) : beside(weight, old, own, time);
  });

describe("the judge", () => {
  it("is moved only one way by more failures of the candidate: never from fail to pass or on, nor from held to pass", () => {
    const order = { pass: 0, inconclusive: 1, fail: 2 };
    fc.assert(
      fc.property(evidences, fc.nat(50), (evidence, more) => {
        const { requests: own } = evidence.candidate;
        fc.pre(own !== null && own.failures + more <= own.count);
        const worse = {
          ...evidence,
          candidate: {
            ...evidence.candidate,
            requests: own && { ...own, failures: own.failures + more },
          },
        };
        const [now, then] = [judge(evidence, FAILURES_ONLY), judge(worse, FAILURES_ONLY)];
        expect(order[then.verdict]).to.be.at.least(order[now.verdict]);
      }),
      { numRuns: 500 },
    );
  });

  it("judges the same after the evidence was written down and read again, and tells nothing that JSON cannot hold", () => {
    fc.assert(
      fc.property(evidences, (evidence) => {
        const judgement = judge(evidence, DEFAULT_LIMITS);
        expect(judge(JSON.parse(JSON.stringify(evidence)) as Evidence, DEFAULT_LIMITS)).to.deep.equal(
          judgement,
        );
        expect(JSON.parse(JSON.stringify(judgement))).to.deep.equal(judgement);
      }),
    );
  });

  it("never fails a colour against its own twin", () => {
    fc.assert(
      fc.property(requests, fc.double({ min: 0.2, max: 5, noNaN: true }), seconds, (own, factor, time) => {
        const twin = colour(own.count, own.failures, {
          durations: steadyDurations(own.count, factor),
          pods: [pod("a", time)],
        });
        expect(judge(beside(50, twin, twin, time), DEFAULT_LIMITS).verdict).not.to.equal("fail");
        expect(judge(after(twin, twin, time), REQUESTS_ONLY).verdict).not.to.equal("fail");
      }),
    );
  });

  it("says in every verdict what it rests on: passes miss nothing, what is held says what it misses", () => {
    fc.assert(
      fc.property(evidences, (evidence) => {
        const { verdict, missing, sentence, findings } = judge(evidence, DEFAULT_LIMITS);
        expect(missing.length > 0).to.equal(verdict === "inconclusive");
        expect(sentence)
          .to.match(/^[A-Z0-9]/)
          .and.not.to.match(/NaN|Infinity|undefined|null/);
        expect(findings.some((finding) => finding.verdict === "fail")).to.equal(verdict === "fail");
        if (verdict === "pass") expect(evidence.seconds).to.be.at.least(DEFAULT_LIMITS.minimumSeconds);
      }),
    );
  });

  it("never passes without traffic to both, whatever else was measured", () => {
    fc.assert(
      fc.property(evidences, fc.boolean(), (evidence, isCandidate) => {
        fc.pre(evidence.baseline.kind === "concurrent");
        const silent = { ...evidence.candidate, requests: { count: 0, failures: 0 } };
        const still: Evidence = isCandidate
          ? { ...evidence, candidate: silent }
          : { ...evidence, baseline: { kind: "concurrent", colour: silent } };
        expect(judge(still, FAILURES_ONLY).verdict).not.to.equal("pass");
      }),
    );
  });

  it("fails on one metric whatever the others lack", () => {
    const failing = colour(200, 40, { durations: null });
    expect(
      judge({ ...beside(5, colour(3800, 4), failing, 20), unread: ["x"] }, DEFAULT_LIMITS).verdict,
    ).to.equal("fail");
  });
});
