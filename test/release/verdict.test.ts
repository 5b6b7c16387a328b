import { expect } from "chai";
import fc from "fast-check";
import { describePlace, placeOf } from "../../release/place.ts";
import type { Verdict } from "../../release/judge/judgement.ts";
import { refusals } from "../../release/moves/refusals.ts";
import type { MovingRelease, Release } from "../../release/release.ts";
import {
  candidateKey,
  failureOf,
  parseRecord,
  trafficRefusals,
  verdictIn,
  verdictRefusals,
  type CandidateRecord,
  type FoundVerdict,
} from "../../release/verdict.ts";
import { recordOf } from "./records.ts";
import { allPlaces, at, stable } from "./releases.ts";

const base = stable("canary", true);
const image = base.to?.image ?? "";
const rung = (weight: number): Release => at(base, { phase: "canary", active: "blue", weight });
const deploy = at(base, { phase: "deploy", active: "blue" });
const switched = at(base, { phase: "switch", active: "green" });
const retire = at(base, { phase: "retire", active: "green" });

const record = (
  verdicts: Parameters<typeof recordOf>[1],
  more: Partial<CandidateRecord> = {},
): FoundVerdict => ({
  found: { ...recordOf(image, verdicts), ...more },
});

const lost = verdictIn(undefined, { namespace: "shop", app: "book" });

const failed = { watched: 5, sentence: "7 of 90 requests failed.", at: "2026-01-01T00:01:00Z" } as const;

describe("verdictRefusals", () => {
  it("let a rung be left upwards with its own pass only, and say what the verdict is", () => {
    expect(verdictRefusals(rung(5), rung(25), record({ 5: "pass" }), null)).to.deep.equal([]);
    expect(verdictRefusals(rung(50), switched, record({ 50: "pass" }), null)).to.deep.equal([]);
    expect(verdictRefusals(rung(5), rung(25), record({ 1: "pass", 5: "inconclusive" }), null)).to.deep.equal([
      'Cannot go to canary at 25 % with blue active as the verdict of the rung at 5 % is "inconclusive": So it is. ' +
        "Wait for it to pass, or record why it may be left as zero-downtime:canary.pass: { weight: 5, reason: … }; " +
        "any lower rung and deploy with blue active are legal now.",
    ]);
    for (const verdict of [record({}), { found: null }, record({ 5: "pass" }, { image: "another" })])
      expect(verdictRefusals(rung(5), rung(25), verdict, null)[0]).to.match(
        /missing: the guard has not judged/,
      );
  });

  it("take a person's recorded reason in place of that rung's pass, and of no other's", () => {
    const verdict = record({ 5: "inconclusive" });
    const reason = "the load test of the night covers it";
    expect(verdictRefusals(rung(5), rung(25), verdict, { weight: 5, reason })).to.deep.equal([]);
    expect(verdictRefusals(rung(5), rung(25), verdict, { weight: 1, reason })).to.have.length(1);
    const isFailed = record({ 5: "fail" }, { failed });
    expect(verdictRefusals(rung(5), rung(25), isFailed, { weight: 5, reason })).to.have.length(1);
  });

  it("let the weight go down whatever the verdict, as long as nothing has failed", () => {
    for (const found of [record({}), record({ 25: "inconclusive" }), { found: null }])
      for (const [from, to] of [
        [rung(25), rung(5)],
        [rung(25), rung(25)],
        [switched, rung(50)],
        [deploy, rung(1)],
      ] as const)
        expect(verdictRefusals(from, to, found, null)).to.deep.equal([]);
  });

  it("leave after a fail nothing but deploy, until the image is another one", () => {
    const isFailed = record({ 5: "fail" }, { failed });
    for (const [from, to] of [
      [rung(5), rung(5)],
      [rung(5), rung(1)],
      [rung(5), rung(25)],
      [rung(50), switched],
      [switched, switched],
      [switched, rung(50)],
      [switched, retire],
      [deploy, rung(1)],
    ] as const)
      expect(verdictRefusals(from, to, isFailed, null)[0]).to.match(
        /2\.0\.0 failed on the rung at 5 % .* 7 of 90 requests failed\. It stays failed until green\.image names another one\. The way back is deploy with blue active\.$/,
      );
    for (const from of [rung(5), switched])
      expect(verdictRefusals(from, deploy, isFailed, null)).to.deep.equal([]);
    const mended = {
      ...rung(1),
      to: { ...(base.to ?? base.from), image: "registry/app@sha256:m" },
    } as Release;
    expect(verdictRefusals(deploy, mended, isFailed, null)).to.deep.equal([]);
  });

  it("hold against an image that failed before another was tried, whatever came out of that one", () => {
    const again = [{ image, version: "2.0.0", failed }];
    const other = record({ 5: "pass" }, { image: "another", version: "2.0.1", earlier: again });
    expect(verdictRefusals(deploy, rung(1), other, null)[0]).to.match(/2\.0\.0 failed on the rung at 5 %/);
    expect(verdictRefusals(deploy, rung(1), record({ 5: "pass" }, { earlier: [] }), null)).to.deep.equal([]);
  });

  it("hold against the digest that failed, and not against another version of the same image", () => {
    const { digest } = candidateKey(rung(1) as MovingRelease);
    const relabelled = { ...rung(1), to: { ...base.to, version: "2.0.1" } } as MovingRelease;
    const isFailed = record({ 5: "fail" }, { digest, failed });
    expect(verdictRefusals(deploy, rung(1), isFailed, null)[0]).to.match(
      /stays failed until green\.image names another one, or green\.version does\./,
    );
    expect(verdictRefusals(deploy, relabelled, isFailed, null)).to.deep.equal([]);
    const tried = record(
      { 1: "pass" },
      { digest: candidateKey(relabelled).digest, earlier: [{ image, digest, version: "2.0.0", failed }] },
    );
    expect(verdictRefusals(deploy, relabelled, tried, null)).to.deep.equal([]);
    expect(verdictRefusals(deploy, rung(1), tried, null)).to.have.length(1);
    expect(verdictRefusals(rung(1), rung(5), tried, null)[0]).to.match(/2\.0\.0 failed/);
  });

  it("go by the image alone in what a guard before digests has written", () => {
    const relabelled = { ...rung(1), to: { ...base.to, version: "2.0.1" } } as Release;
    expect(verdictRefusals(deploy, relabelled, record({ 5: "fail" }, { failed }), null)).to.have.length(1);
    expect(failureOf(recordOf(image, {}), { image, digest: "any" })).to.equal(null);
  });

  it("refuse what needs a verdict that cannot be read, and never the way back to deploy", () => {
    const unreadable = { unreadable: "connect ECONNREFUSED" };
    expect(verdictRefusals(rung(5), rung(25), unreadable, null)[0]).to.match(
      /cannot be read: connect ECONNREFUSED/,
    );
    expect(verdictRefusals(rung(5), deploy, unreadable, null)).to.deep.equal([]);
  });

  it("refuse a verdict that was lost where one may have failed the candidate, and say how to make it again", () => {
    for (const [from, to] of [
      [switched, switched],
      [rung(5), rung(5)],
      [deploy, rung(1)],
      [switched, retire],
    ] as const)
      expect(verdictRefusals(from, to, lost, null)[0]).to.match(
        /there is no ConfigMap shop\/book-verdict; deploy makes it, also again: .* The way back is deploy/,
      );
  });

  it("miss no verdict that the stage makes: after a lost state, and where the guard has stopped", () => {
    for (const next of [rung(5), switched, retire])
      expect(verdictRefusals(null, next, lost, null)).to.deep.equal([]);
    expect(verdictRefusals(retire, retire, lost, null)).to.deep.equal([]);
  });

  it("hold for a stage that is recovered after a lost state, too", () => {
    for (const next of [rung(5), switched, retire])
      expect(verdictRefusals(null, next, record({ 5: "fail" }, { failed }), null)[0]).to.match(/failed on/);
  });

  it("never stand in the way of both the way on and the way back", () => {
    const places = allPlaces(base);
    const anyVerdict = fc.constantFrom<Verdict>("pass", "fail", "inconclusive");
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.dictionary(fc.constantFrom("1", "5", "25", "50", "switch"), anyVerdict),
        fc.boolean(),
        (here, verdicts, isFailed) => {
          const found = record(verdicts, isFailed ? { failed } : {});
          const legal = places.filter(
            (next) =>
              refusals(here, here, next, { dropping: false, recover: false }).length === 0 &&
              verdictRefusals(here, next, found, null).length === 0,
          );
          const needsWayOut = here.phase === "canary" || here.phase === "switch" || here.phase === "deploy";
          if (needsWayOut)
            expect(
              legal.some((next) => next.phase === "deploy"),
              describePlace(placeOf(here)),
            ).to.equal(true);
          if (isFailed)
            for (const next of legal)
              expect(["canary", "switch", "retire"], describePlace(placeOf(next))).to.not.include(next.phase);
        },
      ),
    );
  });
});

describe("trafficRefusals", () => {
  const isFailed = record({ 5: "fail" }, { failed });

  it("forbid every write of traffic for a failed candidate, and none for the old version or another image", () => {
    for (const place of allPlaces(base)) {
      const givesTraffic = ["canary", "switch", "retire"].includes(place.phase);
      const reasons = trafficRefusals(place, isFailed);
      expect(reasons.length > 0, describePlace(placeOf(place))).to.equal(givesTraffic);
      expect(trafficRefusals(place, record({}, { image: "another", failed }))).to.deep.equal([]);
    }
  });

  it("forbid it where the verdict cannot be read or is lost, as nobody knows then", () => {
    for (const unknown of [{ unreadable: "connect ECONNREFUSED" }, lost])
      for (const next of [rung(5), switched, retire])
        expect(trafficRefusals(next, unknown)[0]).to.match(
          /cannot be read: .* The way back is deploy with blue/,
        );
    expect(trafficRefusals(deploy, lost)).to.deep.equal([]);
  });
});

describe("parseRecord", () => {
  it("reads what was written, and says so where the text is something else", () => {
    const kept = record({ 5: "pass" }, { failed });
    if ("found" in kept) expect(parseRecord(JSON.stringify(kept.found))).to.deep.equal(kept.found);
    for (const text of ["{}", "null", '{"image":1}']) expect(() => parseRecord(text)).to.throw(SyntaxError);
  });
});
