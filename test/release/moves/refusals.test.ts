import { expect } from "chai";
import fc from "fast-check";
import { describePlace, isSamePlace, placeOf } from "../../../release/place.ts";
import { moves } from "../../../release/moves/moves.ts";
import { refusals } from "../../../release/moves/refusals.ts";
import type { Strategy } from "../../../release/phases.ts";
import type { Release } from "../../../release/release.ts";
import { allPlaces, anyStable, at, MIGRATIONS, stable, stableBeforeRestore } from "../releases.ts";

const CALM = { dropping: false, recover: false };

const refused = (completed: Release | null, entered: Release | null, next: Release, circumstances = CALM) =>
  refusals(completed, entered, next, circumstances);

/** The transition table of the design, by hand: what may follow a completed stage. */
const TABLE: Record<string, Record<string, string[]>> = {
  "blue-green with a schema change": {
    "stable with blue active": ["stable with blue active", "expand with blue active"],
    "expand with blue active": [
      "expand with blue active",
      "backfill with blue active",
      "stable with blue active",
    ],
    "backfill with blue active": [
      "backfill with blue active",
      "deploy with blue active",
      "stable with blue active",
    ],
    "deploy with blue active": [
      "deploy with blue active",
      "switch with green active",
      "backfill with blue active",
    ],
    "switch with green active": [
      "switch with green active",
      "retire with green active",
      "deploy with blue active",
    ],
    "retire with green active": [
      "retire with green active",
      "contract with green active",
      "deploy with blue active",
    ],
    "contract with green active": ["contract with green active", "stable with green active"],
  },
  "blue-green": {
    "stable with blue active": ["stable with blue active", "deploy with blue active"],
    "deploy with blue active": [
      "deploy with blue active",
      "switch with green active",
      "stable with blue active",
    ],
    "switch with green active": [
      "switch with green active",
      "retire with green active",
      "deploy with blue active",
    ],
    "retire with green active": [
      "retire with green active",
      "stable with green active",
      "deploy with blue active",
    ],
  },
  canary: {
    "stable with blue active": ["stable with blue active", "deploy with blue active"],
    "deploy with blue active": [
      "deploy with blue active",
      "canary at 1 % with blue active",
      "stable with blue active",
    ],
    "canary at 1 % with blue active": [
      "canary at 1 % with blue active",
      "canary at 5 % with blue active",
      "deploy with blue active",
    ],
    "canary at 5 % with blue active": [
      "canary at 5 % with blue active",
      "canary at 25 % with blue active",
      "deploy with blue active",
      "canary at 1 % with blue active",
    ],
    "canary at 25 % with blue active": [
      "canary at 25 % with blue active",
      "canary at 50 % with blue active",
      "deploy with blue active",
      "canary at 5 % with blue active",
      "canary at 1 % with blue active",
    ],
    "canary at 50 % with blue active": [
      "canary at 50 % with blue active",
      "switch with green active",
      "deploy with blue active",
      "canary at 25 % with blue active",
      "canary at 5 % with blue active",
      "canary at 1 % with blue active",
    ],
    "switch with green active": [
      "switch with green active",
      "retire with green active",
      "deploy with blue active",
      "canary at 50 % with blue active",
      "canary at 25 % with blue active",
      "canary at 5 % with blue active",
      "canary at 1 % with blue active",
    ],
    "retire with green active": [
      "retire with green active",
      "stable with green active",
      "deploy with blue active",
    ],
  },
  "rolling with a schema change": {
    "stable with blue active": ["stable with blue active", "expand with blue active"],
    "expand with blue active": [
      "expand with blue active",
      "backfill with blue active",
      "stable with blue active",
    ],
    "backfill with blue active": [
      "backfill with blue active",
      "roll with green active",
      "stable with blue active",
    ],
    "roll with green active": [
      "roll with green active",
      "contract with green active",
      "backfill with blue active",
    ],
    "contract with green active": ["contract with green active", "stable with green active"],
  },
  rolling: {
    "stable with blue active": ["stable with blue active", "roll with green active"],
    "roll with green active": [
      "roll with green active",
      "stable with green active",
      "stable with blue active",
    ],
  },
};

const baseOf = (name: string): Release =>
  stable(name.replace(" with a schema change", "") as Strategy, name.endsWith("schema change"));

describe("refusals", () => {
  for (const [name, rows] of Object.entries(TABLE)) {
    it(`allow in ${name} exactly the moves of the table, of every pair of stages there is`, () => {
      const base = baseOf(name);
      const every = Object.values(TABLE).flatMap((_, index) =>
        allPlaces(baseOf(Object.keys(TABLE)[index] ?? "")),
      );
      const places = new Map(every.map((release) => [describePlace(placeOf(release)), placeOf(release)]));
      for (const from of allPlaces(base)) {
        const row = rows[describePlace(placeOf(from))];
        if (!row) continue;
        const allowed = [...places].filter(([, place]) => refused(from, from, at(base, place)).length === 0);
        expect(allowed.map(([words]) => words).sort(), describePlace(placeOf(from))).to.deep.equal(
          [...row].sort(),
        );
      }
    });
  }

  it("name the reason and the next legal step", () => {
    const base = stable("blue-green", true);
    const [refusal] = refused(base, base, at(base, { phase: "switch", active: "green" }));
    expect(refusal).to.equal(
      "Cannot go to switch with green active as the completed stage is stable with blue active. " +
        "The next legal step is expand with blue active; there is no way back from here.",
    );
  });

  it("let a failed stage be repeated, or left for the completed one, and never be passed", () => {
    fc.assert(
      fc.property(anyStable, fc.nat(), fc.nat(), (base, first, second) => {
        const places = allPlaces(base);
        const completed = places[first % places.length] ?? base;
        const { next, back } = moves(completed, completed.phase === "contract");
        const options = [...next, ...back];
        const chosen = options[second % Math.max(options.length, 1)];
        if (!chosen) return;
        const entered = at(base, chosen);
        expect(refused(completed, entered, entered)).to.deep.equal([]);
        expect(refused(completed, entered, completed)).to.deep.equal([]);
        for (const place of moves(entered, true).next) {
          const beyond = at(base, place);
          const isLegalFromCompleted = [...options, placeOf(completed)].some((option) =>
            isSamePlace(option, place),
          );
          if (!isLegalFromCompleted) expect(refused(completed, entered, beyond)).to.not.deep.equal([]);
        }
      }),
    );
  });

  it("demand stable as the first stage, unless a lost state is to be recovered", () => {
    const base = stable("blue-green", true);
    const deploy = at(base, { phase: "deploy", active: "blue" });
    expect(refused(null, null, base)).to.deep.equal([]);
    expect(refused(null, null, deploy)[0]).to.match(
      /^Cannot begin at deploy with blue active as nothing has been completed/,
    );
    expect(refused(null, null, deploy, { dropping: false, recover: true })).to.deep.equal([]);
  });

  it("refuse every way back once contract has begun to drop", () => {
    const base = stable("blue-green", true);
    const retire = at(base, { phase: "retire", active: "green" });
    const contract = at(base, { phase: "contract", active: "green" });
    for (const place of [placeOf(retire), { phase: "deploy", active: "blue" } as const]) {
      expect(refused(retire, contract, at(base, place))).to.deep.equal([]);
      expect(
        refused(retire, contract, at(base, place), { dropping: true, recover: false }),
      ).to.not.deep.equal([]);
    }
  });

  it("let a release to an older schema go the same ways as one to a newer", () => {
    for (const strategy of ["blue-green", "canary", "rolling"] as const) {
      const ways = (base: Release) => allPlaces(base).map((release) => describePlace(placeOf(release)));
      const base = stableBeforeRestore(strategy);
      expect(ways(base)).to.deep.equal(ways(stable(strategy, true)));
      for (const release of allPlaces(base)) expect(refused(release, release, release)).to.deep.equal([]);
    }
  });

  describe("of edits", () => {
    const edit = (release: Release, colour: "from" | "to", change: object): Release =>
      ({ ...release, [colour]: { ...release[colour], ...change } }) as Release;

    it("never let the active colour change in place", () => {
      const base = stable("blue-green", true);
      expect(refused(base, base, edit(base, "from", { image: "registry/app@sha256:f" }))[0]).to.match(
        /blue\.image .* the active colour never changes in place/,
      );
    });

    it("let the idle colour's image change wherever it serves nobody, and nowhere else", () => {
      const base = stable("canary", true);
      for (const release of allPlaces(base).slice(0, -1)) {
        const isFree = ["stable", "expand", "backfill", "deploy"].includes(release.phase);
        const idle = release.phase === "stable" || isFree || release.phase === "canary" ? "to" : "from";
        const edits = refused(release, release, edit(release, idle, { image: "registry/app@sha256:f" }));
        expect(edits.length === 0, release.phase).to.equal(isFree);
      }
    });

    it("refuse to send traffic to an image edited in the same up", () => {
      const base = stable("blue-green", false);
      const deploy = at(base, { phase: "deploy", active: "blue" });
      const next = edit(at(base, { phase: "switch", active: "green" }), "to", {
        image: "registry/app@sha256:f",
      });
      expect(refused(deploy, deploy, next)[0]).to.match(/^Cannot change green.image/);
    });

    it("let the idle colour's schema change in stable only", () => {
      const base = stable("blue-green", true);
      const expand = at(base, { phase: "expand", active: "blue" });
      expect(refused(base, base, edit(base, "to", { schema: MIGRATIONS[2] }))).to.deep.equal([]);
      expect(refused(expand, expand, edit(expand, "to", { schema: MIGRATIONS[2] }))[0]).to.match(
        /in stable only/,
      );
    });

    it("let settings and strategy change in stable only, naming the key and both values", () => {
      const base = stable("blue-green", true);
      const changed = { ...base, settings: { ...base.settings, app: { name: "app", replicas: 5 } } };
      const expand = at(base, { phase: "expand", active: "blue" });
      expect(refused(base, base, changed)).to.deep.equal([]);
      expect(refused(base, base, { ...base, strategy: "rolling" })).to.deep.equal([]);
      expect(refused(expand, expand, { ...expand, settings: changed.settings })[0]).to.match(
        /app\.replicas from 3 to 5/,
      );
      expect(refused(base, base, { ...expand, strategy: "canary" })[0]).to.match(
        /strategy from blue-green to canary/,
      );
    });

    it("never show the value of a variable or of a smoke test, which config may encrypt now", () => {
      const base = stable("blue-green", true);
      const withApp = (more: object): Release["settings"] => ({
        ...base.settings,
        app: { name: "app", replicas: 3, ...more },
      });
      const expand = at(base, { phase: "expand", active: "blue" });
      const headers = { authorization: "planted" };
      for (const [was, is] of [
        [{ env: {} }, { env: { TOKEN: "planted" } }],
        [{ env: { TOKEN: "planted" } }, { env: { TOKEN: { secret: "shop-config-1", key: "env.TOKEN" } } }],
        [{ env: { TOKEN: "planted" } }, { env: {} }],
        [{ smoke: [] }, { smoke: [{ path: "/", headers }] }],
      ] as const) {
        const before = { ...expand, settings: withApp(was) };
        const reasons = refused(before, before, { ...expand, settings: withApp(is) }).join("\n");
        expect(reasons).to.match(
          /^Cannot change app\.(env(\.TOKEN)?|smoke): settings may change in stable only/,
        );
        expect(reasons).to.not.include("planted");
      }
    });
  });

  it("never let a stack, its objects or its logins be called something else, not even in stable", () => {
    const before = stable("blue-green", false);
    const { app, database } = before.settings as { app: { name: string }; database: object };
    const reasons = (settings: Release["settings"]) =>
      refused(before, null, { ...before, settings: { ...before.settings, ...settings } });
    const why =
      "everything that serves is called by it, so it never changes in a stack; make a new stack under the new name";
    expect(reasons({ app: { ...app, name: "shop" } }).join("\n")).to.include(
      `Cannot change app.name from "app" to "shop": ${why}`,
    );
    expect(reasons({ database: { ...database, prefix: "shop" } }).join("\n")).to.include(
      `Cannot change database.prefix from "app" to "shop": ${why}`,
    );
    expect(reasons({ namespace: "elsewhere" }).join("\n")).to.include("Cannot change namespace from nothing");
    expect(reasons({ database: { ...database, prefix: "app" } })).to.deep.equal([]);
    expect(reasons({ app: { ...app, replicas: 4 } })).to.deep.equal([]);
  });
});
