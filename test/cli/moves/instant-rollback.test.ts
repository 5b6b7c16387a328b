import { expect } from "chai";
import fc from "fast-check";
import { trafficFirst, type TrafficQuestion } from "../../../cli/moves/instant-rollback.ts";
import type { FoundPods } from "../../../cli/cluster/pods.ts";
import { isAfterSwitch, PHASE_NAMES } from "../../../release/phases.ts";
import { COLOURS, other } from "../../../release/release.ts";
import { recordOf } from "../../release/records.ts";
import type { Workload } from "../../../release/workload.ts";

const pods = (workload: Workload, ready: number, wanted: number): FoundPods => ({
  workload,
  version: "1.0.0",
  image: "image",
  ready,
  wanted,
});

const switched: TrafficQuestion = {
  phase: "switch",
  active: "green",
  weights: { blue: 0, green: 100 },
  others: [],
  pods: [pods("blue", 3, 3), pods("green", 3, 3)],
  fullSize: 3,
  images: { blue: "image", green: "image" },
  verdict: { found: null },
};

describe("zd rollback moves the traffic first", () => {
  it("to the old colour where it is warm at full size", () => {
    expect(trafficFirst(switched)).to.deep.equal({ do: "move", to: "blue" });
  });

  it("off the candidate on any rung", () => {
    const rung = { ...switched, phase: "canary", active: "blue", weights: { blue: 95, green: 5 } } as const;
    expect(trafficFirst(rung)).to.deep.equal({ do: "move", to: "blue" });
  });

  it("not where a pod is missing, and says how many are there", () => {
    const short = { ...switched, pods: [pods("blue", 2, 3), pods("green", 3, 3)] };
    expect(trafficFirst(short)).to.deep.equal({ do: "leave", why: "blue has 2 of 3 pods ready" });
  });

  it("not where a hand has scaled the old colour down, though all of what is left is ready", () => {
    const scaled = { ...switched, pods: [pods("blue", 1, 1), pods("green", 3, 3)] };
    expect(trafficFirst(scaled)).to.deep.equal({ do: "leave", why: "blue has 1 of 3 pods ready" });
    expect(trafficFirst({ ...scaled, fullSize: null })).to.deep.equal({
      do: "leave",
      why: "blue has 1 of 3 pods ready",
    });
  });

  it("not where it is there already", () => {
    const back = { ...switched, weights: { blue: 100, green: 0 } };
    expect(trafficFirst(back)).to.deep.equal({ do: "nothing" });
    expect(trafficFirst({ ...back, others: [{ blue: 100 }] })).to.deep.equal({ do: "nothing" });
  });

  it("where one of several entrances, or of a route's rules, still leads to the candidate", () => {
    const half = { ...switched, weights: { blue: 100, green: 0 }, others: [{ blue: 100 }, { green: 100 }] };
    expect(trafficFirst(half)).to.deep.equal({ do: "move", to: "blue" });
  });

  it("never to an image that the guard has failed, whatever phase and colour a wrong config names", () => {
    const failed = { watched: "switch", sentence: "9 of 90 failed.", at: "2026-01-01T00:00:00Z" } as const;
    const verdict = { found: { ...recordOf("bad", {}), failed } };
    const earlier = {
      found: { ...recordOf("mended", {}), earlier: [{ image: "bad", version: "2.0.0", failed }] },
    };
    const wrong = {
      ...switched,
      phase: "deploy",
      weights: { blue: 100, green: 0 },
      pods: [pods("blue", 3, 3), { ...pods("green", 3, 3), image: "bad" }],
      images: { blue: "image", green: "bad" },
    } as const;
    for (const found of [verdict, earlier])
      expect(trafficFirst({ ...wrong, verdict: found })).to.deep.equal({
        do: "leave",
        why: "green runs 2.0.0, which failed in switch",
      });
    expect(trafficFirst({ ...switched, verdict }).do).to.equal("move");
    expect(trafficFirst({ ...switched, verdict: { unreadable: "timed out" } }).do).to.equal("move");
  });

  it("not to another image than config names: it may be the next release's candidate, and the config an old one", () => {
    const stale = { ...switched, images: { blue: "older", green: "image" } };
    expect(trafficFirst(stale)).to.deep.equal({
      do: "leave",
      why: "blue runs image, and config names older for it",
    });
    expect(trafficFirst({ ...switched, images: { blue: null, green: "image" } }).do).to.equal("leave");
  });

  it("not in rolling, whose pods have to be replaced", () => {
    expect(trafficFirst({ ...switched, phase: "roll", weights: { rolling: 100 } }).do).to.equal("leave");
  });

  it("never to a colour without pods, and never to the new one, whatever is found", () => {
    const count = fc.nat({ max: 4 });
    const anything = fc.record({
      phase: fc.constantFrom(...PHASE_NAMES),
      active: fc.constantFrom(...COLOURS),
      share: fc.nat({ max: 100 }),
      counts: fc.tuple(count, count, count, count),
      fullSize: fc.option(count),
    });
    fc.assert(
      fc.property(anything, ({ phase, active, share, counts: [a, b, c, d], fullSize }) => {
        const found = [pods("blue", a, b), pods("green", c, d)];
        const weights = { blue: share, green: 100 - share };
        const { images, verdict } = switched;
        const first = trafficFirst({
          phase,
          active,
          weights,
          others: [],
          pods: found,
          fullSize,
          images,
          verdict,
        });
        if (first.do !== "move") return;
        expect(first.to).to.equal(isAfterSwitch(phase) ? other(active) : active);
        const target = found.find(({ workload }) => workload === first.to);
        expect(target?.ready).to.be.at.least(Math.max(1, target?.wanted ?? 0, fullSize ?? 0));
      }),
    );
  });
});
