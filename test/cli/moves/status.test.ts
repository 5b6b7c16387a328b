import { expect } from "chai";
import { NO_PAST } from "../../../cli/stack/stack-state.ts";
import { statusLines } from "../../../cli/terminal/status-lines.ts";
import { commandFor, statusOf, type Circumstances } from "../../../cli/moves/status.ts";
import { refusedByGate } from "../../../cli/moves/legal-moves.ts";
import { releaseAt } from "../../../release/release-at.ts";
import { STRATEGIES } from "../../../release/phases.ts";
import type { Release } from "../../../release/release.ts";
import type { LiveEntrance } from "../../../protocol/traffic/live-traffic.ts";
import { simpleEntrances } from "../../../protocol/traffic/simple-entrances.ts";
import { weightsOf, type Weights } from "../../../release/workload.ts";
import { recordOf } from "../../release/records.ts";
import { allPlaces, stable } from "../../release/releases.ts";
import { after, pastsFrom, stuck } from "../pasts.ts";

const { objects } = simpleEntrances({ app: { name: "shop" }, traffic: { mode: "gateway" } });
const entranceGiving = (weights: Weights): LiveEntrance => {
  const [entrance] = objects;
  if (!entrance) throw new Error("there is an entrance");
  return { entrance, weights, others: [], writer: "zero-downtime" };
};

const seen = (release: Release, changes: Partial<Circumstances> = {}): Circumstances => ({
  stack: "live",
  app: "shop",
  past: after(release),
  configured: release,
  sight: {
    found: {
      entrances: [entranceGiving(weightsOf(release))],
      pods: [{ workload: "blue", version: "1.0.0", image: "x", ready: 2, wanted: 2 }],
    },
  },
  schema: { found: null },
  verdict: { found: null },
  drift: { found: null },
  allowance: null,
  ...changes,
});

const linesOf = (circumstances: Circumstances) => statusLines(statusOf(circumstances)).join("\n");

describe("zd status", () => {
  it("offers for every stage of every strategy, finished or not, only moves the gate accepts, each with its command", () => {
    for (const strategy of STRATEGIES)
      for (const withSchema of [true, false])
        for (const release of allPlaces(stable(strategy, withSchema)))
          for (const past of pastsFrom(release)) {
            const status = statusOf(seen(release, { past }));
            const offered = [...(status.again ? [status.again] : []), ...status.next, ...status.back];
            const commands = offered.map((place) => {
              expect(refusedByGate(past, releaseAt(release, place))).to.deep.equal([]);
              return commandFor(place, status);
            });
            expect(new Set(commands).size, commands.join()).to.equal(commands.length);
          }
  });

  it("names the one of several entrances that somebody has moved", () => {
    const release = releaseAt(stable("canary", false), { phase: "canary", active: "blue", weight: 5 });
    const [service] = simpleEntrances({ app: { name: "shop" }, traffic: { mode: "service" } }).objects;
    if (!service) throw new Error("there is a Service");
    const entrances = (colour: string) => [
      entranceGiving(weightsOf(release)),
      { entrance: service, weights: { [colour]: 100 }, others: [], writer: "kubectl" },
    ];
    const remarks = (colour: string) =>
      statusOf(seen(release, { sight: { found: { entrances: entrances(colour), pods: [] } } }))
        .remarks.filter((remark) => /moved/.test(remark))
        .join();
    expect(remarks("blue")).to.equal("");
    expect(remarks("green")).to.match(
      /^Service shop gives green 100 %, though the stage gives blue 100 %: somebody moved the traffic/,
    );
  });

  it("says that manifests differ from what was prepared from them, or that nobody can tell", () => {
    const release = stable("blue-green", false);
    const differs = "deploy/ differs from what 1.0.0 was prepared from.";
    expect(linesOf(seen(release, { drift: { found: differs } }))).to.match(/! +deploy\/ differs/);
    expect(linesOf(seen(release, { drift: { unknown: "no passphrase" } }))).to.match(
      /! +Whether the manifests differ from what was prepared from them is unknown: no passphrase/,
    );
    expect(linesOf(seen(release))).to.not.match(/differ/);
  });

  it("offers an abort where going back ends the release, and the one stage back where it goes on", () => {
    const inDeploy = (withSchema: boolean) =>
      linesOf(seen(releaseAt(stable("blue-green", withSchema), { phase: "deploy", active: "blue" })));
    expect(inDeploy(true)).to.match(/back +backfill with blue active +zd to backfill/);
    expect(inDeploy(false)).to.match(/back +stable with blue active +zd abort/);
  });

  it("tells where the release is, who serves, what comes next and what going back costs", () => {
    const release = releaseAt(stable("blue-green", true), { phase: "switch", active: "green" });
    const text = linesOf(seen(release));
    expect(text).to.match(/stage +switch with green active: all traffic goes to the new version/);
    expect(text).to.match(/release +1\.0\.0 \(blue\) → 2\.0\.0 \(green\), blue-green/);
    expect(text).to.match(/next +retire with green active +zd next/);
    expect(text).to.match(/back +deploy with blue active +zd rollback/);
    expect(text).to.match(/cost +To deploy with blue active: seconds/);
    expect(text).to.not.match(/!/);
  });

  it("says so where the traffic is another than the stage's, and who wrote it", () => {
    const release = releaseAt(stable("blue-green", true), { phase: "switch", active: "green" });
    const circumstances = seen(release);
    const other = seen(releaseAt(release, { phase: "deploy", active: "blue" }));
    expect(linesOf({ ...circumstances, sight: other.sight })).to.match(
      /entrance gives blue 100 %, though the stage gives green 100 %/,
    );
  });

  it("takes the traffic of a stage that is on its way for what it is", () => {
    const base = stable("blue-green", true);
    const deploy = releaseAt(base, { phase: "deploy", active: "blue" });
    const past = stuck(deploy, releaseAt(base, { phase: "switch", active: "green" }));
    expect(statusOf(seen(deploy, { past })).remarks).to.deep.equal([]);
    expect(linesOf(seen(deploy, { past }))).to.match(
      /switch with green active, not finished.*deploy with blue/,
    );
  });

  it("says so where config names a stage that no up has entered", () => {
    const base = stable("rolling", true);
    const configured = releaseAt(base, { phase: "expand", active: "blue" });
    expect(linesOf(seen(base, { configured }))).to.match(/Config says expand with blue active, which no up/);
  });

  it("still answers where cluster and database do not", () => {
    const release = releaseAt(stable("canary", true), { phase: "canary", active: "blue", weight: 5 });
    const verdict = { found: recordOf(release.to?.image ?? "", { 5: "pass" }) };
    const text = linesOf(
      seen(release, { sight: { unknown: "no route to host" }, schema: { unknown: "timeout" }, verdict }),
    );
    expect(text).to.match(/traffic +unknown: no route to host/);
    expect(text).to.match(/schema +unknown: timeout/);
    expect(text).to.match(/next +canary at 25 %/);
  });

  it("offers no rung that the verdict holds back, and says why in the gate's own words", () => {
    const release = releaseAt(stable("canary", true), { phase: "canary", active: "blue", weight: 5 });
    const image = release.to?.image ?? "";
    const held = seen(release);
    expect(statusOf(held).next).to.deep.equal([]);
    expect(linesOf(held)).to.match(/next +canary at 25 % .* which the verdict does not let in yet/);
    expect(linesOf(held)).to.match(/Cannot go to canary at 25 % .* verdict of the rung at 5 % is missing/);
    const allowance = { weight: 5, reason: "the metrics were down" };
    for (const changes of [{ verdict: { found: recordOf(image, { 5: "pass" }) } }, { allowance }]) {
      const { next, remarks } = statusOf(seen(release, changes));
      expect(next[0]).to.deep.include({ phase: "canary", weight: 25 });
      expect(remarks).to.deep.equal([]);
    }
  });

  it("offers a failed candidate nothing but the way back", () => {
    const release = releaseAt(stable("canary", true), { phase: "canary", active: "blue", weight: 5 });
    const failed = { watched: 5, sentence: "7 of 90 requests failed.", at: "2026-01-01T00:01:00Z" } as const;
    const verdict = { found: { ...recordOf(release.to?.image ?? "", {}), failed } };
    const below = releaseAt(release, { phase: "canary", active: "blue", weight: 1 });
    const { again, next, back } = statusOf(seen(release, { verdict, past: stuck(below, release) }));
    expect([again, ...next]).to.deep.equal([null]);
    expect(back).to.deep.equal([{ phase: "deploy", active: "blue" }]);
  });

  it("tells a new stack how to begin", () => {
    const base = stable("canary", true);
    const text = linesOf(seen(base, { past: NO_PAST }));
    expect(text).to.match(/stage +none yet/);
    expect(text).to.match(/next +stable with blue active +zd next/);
  });

  it("asks for a candidate where config names none", () => {
    const release = { ...stable("canary", true), to: null } as Release;
    expect(linesOf(seen(release))).to.match(/next +name the new version: zd candidate/);
  });

  it("says so where the database's ledger belongs to another application or stack", () => {
    const release = stable("blue-green", true);
    const found = { migrations: [], walk: null, secondsSinceSwitch: null };
    const told = (application: string, stack: string) =>
      linesOf(
        seen(release, {
          schema: { found: { ...found, identity: { application, schema: "public", stack } } },
        }),
      );
    expect(told("shop", "acme/zero-downtime/live")).not.to.match(/ledger/);
    expect(told("till", "acme/zero-downtime/live")).to.match(
      /ledger belongs to application till, stack acme/,
    );
    expect(told("shop", "acme/zero-downtime/staging")).to.match(
      /stack acme\/zero-downtime\/staging: the next up/,
    );
  });
});
