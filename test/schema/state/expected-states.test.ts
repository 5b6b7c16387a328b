import { expect } from "chai";
import { PHASES, type Phase } from "../../../release/phases.ts";
import type { Ledger, MigrationState } from "../../../schema/state/catalog.ts";
import { unrecognised } from "../../../schema/state/expected-states.ts";

const KNOWN = ["0001-create-address", "0002-split-street"];

const ledger = (states: Record<string, MigrationState>): Ledger =>
  ({
    migrations: Object.fromEntries(Object.entries(states).map(([id, state]) => [id, { state }])),
    events: {},
  }) as unknown as Ledger;

/** As the job hands a stage over. */
const stageOf = (name: Phase) => ({ name, states: PHASES[name].ledger });

const during = (stage: Phase, state: MigrationState | null): string | null =>
  unrecognised(
    stageOf(stage),
    "0001-create-address",
    "0002-split-street",
    KNOWN,
    ledger({ "0001-create-address": "finished", ...(state && { "0002-split-street": state }) }),
  );

describe("unrecognised()", () => {
  it("accepts the stages whose schema the ledger shows, and no other", () => {
    const accepted = (state: MigrationState | null) =>
      (["expand", "backfill", "deploy", "switch", "retire", "contract"] as const).filter(
        (stage) => during(stage, state) === null,
      );
    expect(accepted(null)).to.deep.equal([]);
    expect(accepted("expanded")).to.deep.equal(["expand", "backfill"]);
    expect(accepted("filled")).to.deep.equal(["backfill", "deploy", "switch", "retire", "contract"]);
    expect(accepted("finished")).to.deep.equal(["contract"]);
  });

  it("accepts the stages of a release to an older schema by the way back that the ledger shows", () => {
    const accepted = (states: Record<string, MigrationState>) =>
      (["expand", "backfill", "deploy", "switch", "retire", "contract"] as const).filter(
        (stage) =>
          unrecognised(stageOf(stage), "0002-split-street", "0001-create-address", KNOWN, ledger(states)) ===
          null,
      );
    const finished = { "0001-create-address": "finished", "0002-split-street": "finished" } as const;
    const during = (state: MigrationState) => ({ ...finished, "0002-split-street.restore": state });
    expect(accepted(finished)).to.deep.equal([]);
    expect(accepted(during("expanded"))).to.deep.equal(["expand", "backfill"]);
    expect(accepted(during("filled"))).to.deep.equal(["backfill", "deploy", "switch", "retire", "contract"]);
    expect(accepted({ "0001-create-address": "finished" })).to.deep.equal(["contract"]);
  });

  it("says what it found and what to do", () => {
    expect(during("switch", "expanded")).to.equal(
      "Cannot recover at switch as the ledger must show 0002-split-street filled: the ledger shows 0001-create-address finished, " +
        "0002-split-street expanded. Set phase and active to the stage that it shows. Nothing was changed",
    );
  });
});
