import { expect } from "chai";
import { planLines, stageWords } from "../../../cli/moves/stage-preview.ts";
import type { Place } from "../../../release/place.ts";
import { releaseAt } from "../../../release/release-at.ts";
import { STRATEGIES } from "../../../release/phases.ts";
import type { Release } from "../../../release/release.ts";
import { readMigrations } from "../../../schema/migration/read-migrations.ts";
import { allPlaces, stable } from "../../release/releases.ts";
import type { Past } from "../../../cli/stack/stack-state.ts";
import { after, stuck } from "../pasts.ts";

const migrations = await readMigrations("migrations");

const told = (from: Release, to: Place, full = false) =>
  planLines(stageWords(after(from), releaseAt(from, to), migrations), full).join("\n");

describe("zd plan", () => {
  it("says before a switch who gets the traffic, what is done in order, and what going back would cost then", () => {
    const deploy = releaseAt(stable("blue-green", true), { phase: "deploy", active: "blue" });
    const text = told(deploy, { phase: "switch", active: "green" });
    expect(text).to.match(/traffic +blue 100 % → green 100 %/);
    expect(text).to.match(
      /See every pod of 2\.0\.0 \(green\) ready[^]*Give the traffic to green 100 %[^]*Probe/,
    );
    expect(text).to.match(/afterwards then retire with green active/);
    expect(text).to.match(/afterwards To deploy with blue active: seconds/);
  });

  it("shows before an expansion its statements, and the locks that they take", () => {
    const base = stable("blue-green", true);
    const text = told(base, { phase: "expand", active: "blue" });
    expect(text).to.match(/add column street_name.*: exclusive lock for a moment/);
    expect(text).to.include("ALTER TABLE address ADD COLUMN street_name text, ADD COLUMN house_number text");
    expect(told(base, { phase: "expand", active: "blue" }, true).length).to.be.above(text.length);
  });

  it("shows all of a stage that is repeated, as it may have failed before anything was done", () => {
    const base = stable("blue-green", true);
    const first: Past = { ...after(base), completed: null };
    const installed = planLines(stageWords(first, base, migrations), false).join("\n");
    expect(installed).to.match(/Create table address[^]*Run 1\.0\.0/);
    expect(installed).to.match(/traffic +blue 100 %/);

    const expand = releaseAt(base, { phase: "expand", active: "blue" });
    const failed = stuck(base, expand);
    expect(planLines(stageWords(failed, expand, migrations), false).join("\n")).to.include(
      "ADD COLUMN street_name",
    );
    expect(planLines(stageWords(failed, base, migrations), false).join("\n")).to.match(
      /Take back what 0002-split-street added/,
    );
  });

  it("says what is prepared from manifests, or that they differ, before the steps", () => {
    const base = stable("blue-green", false);
    const next = releaseAt(base, { phase: "deploy", active: "blue" });
    const versions = {
      title: "2.0.0 is prepared from deploy/ for green",
      changes: [{ title: "ConfigMap/flags", changes: ["new"] }],
      shared: [],
      added: [],
      notes: [],
    };
    const lines = planLines(stageWords(after(base), next, migrations, versions), false);
    expect(lines.slice(2, 6).map((line) => line.slice(0, 40))).to.deep.equal([
      "  manifests  2.0.0 is prepared from depl",
      "             ConfigMap/flags",
      "               new",
      lines[5]?.slice(0, 40),
    ]);
    expect(lines[5]).to.match(/^ {3}1\. /);
    expect(planLines(stageWords(after(base), next, migrations), false).join()).to.not.match(/manifests/);
  });

  it("says before contract that there is no way back after it, and what is dropped", () => {
    const retire = releaseAt(stable("blue-green", true), { phase: "retire", active: "green" });
    const text = told(retire, { phase: "contract", active: "green" });
    expect(text).to.match(/from here on there is no way back/);
    expect(text).to.include("ALTER TABLE address DROP COLUMN street");
    expect(text).to.match(/afterwards There is no way back: contract drops what 1\.0\.0 needs/);
  });

  it("says on the way back to stable what is undone", () => {
    const backfill = releaseAt(stable("rolling", true), { phase: "backfill", active: "blue" });
    expect(told(backfill, { phase: "stable", active: "blue" })).to.match(
      /Take back what 0002-split-street added/,
    );
  });

  it("has words for every stage of every strategy, forward and back", () => {
    for (const strategy of STRATEGIES)
      for (const withSchema of [true, false]) {
        const places = allPlaces(stable(strategy, withSchema));
        for (const next of places)
          expect(stageWords(after(places[0] ?? next), next, migrations).steps).to.not.be.empty;
      }
  });
});
