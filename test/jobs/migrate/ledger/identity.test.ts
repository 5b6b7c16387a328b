import { expect } from "chai";
import { asFirstLedger } from "../../../support/postgres/first-ledger.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";
const OURS = { identity: { application: "shop", stack: "acme/zero-downtime/production" } };
const EXPAND = { goal: "expanded", from: OLD, to: NEW, ...OURS } as const;

describe("migrate, on a database whose ledger belongs to a release", () => {
  let bench: ReleaseBench;
  let template: string;

  before(async () => {
    bench = await ReleaseBench.create();
    template = `${bench.database.name}_base`;
    await bench.query(
      `CREATE SCHEMA second; GRANT CREATE, USAGE ON SCHEMA second TO ${bench.database.roles.owner}`,
    );
    await bench.reach("base", { to: OLD, first: true, ...OURS });
    await bench.database.saveAs(template);
  });

  beforeEach(() => bench.database.resetTo(template));

  after(() => bench.end(template));

  const others = {
    "another application": { identity: { ...OURS.identity, application: "till" } },
    "another schema": { ...OURS, schema: "second" },
    "another stack": { identity: { ...OURS.identity, stack: "acme/zero-downtime/staging" } },
  };

  for (const [title, other] of Object.entries(others)) {
    it(`refuses ${title}, whatever its goal, and changes nothing`, async () => {
      const before = await schemaDump(bench.database);
      for (const parts of [
        { goal: "base", to: OLD, first: true },
        { goal: "base", to: OLD, first: true, baseline: OLD },
        { goal: "expanded", from: OLD, to: NEW },
        { goal: "vacated", vacate: bench.database.roles.green },
        { goal: "recognised", stage: "expand", from: OLD, to: OLD },
      ] as const) {
        const reason = await bench.refused({ ...parts, ...other });
        expect(reason).to.match(
          /ledger belongs to application shop in schema public, stack acme\/zero-downtime\/production/,
        );
        expect(reason).to.match(/give this release a database of its own/);
        if ("baseline" in parts) expect(reason).to.match(/nor adopt it by database\.baseline 0001/);
        expect(reason.length).to.be.below(700);
      }
      expect(await schemaDump(bench.database)).to.equal(before);
    });

    it(`lets ${title} go on once the statement was run that the refusal names`, async () => {
      const reason = await bench.refused({ ...EXPAND, ...other });
      const statement = /UPDATE zero_downtime\.identity SET .*?(?=\. Nothing was changed)/.exec(reason)?.[0];
      const person = await bench.database.connect(bench.database.roles.migrator);
      await person.query(statement ?? "");
      if (title !== "another schema") await bench.reach("expanded", { ...EXPAND, ...other });
      expect(await bench.refused(EXPAND)).to.match(/ledger belongs to/);
    });
  }

  it("asks nothing of its own release, on and back", async () => {
    await bench.reach("expanded", EXPAND);
    await bench.reach("base", { from: OLD, to: OLD, vacate: bench.database.roles.green, ...OURS });
  });

  it("takes a ledger of the version before for the release that first works on it", async () => {
    await asFirstLedger(bench.database);
    await bench.reach("expanded", EXPAND);
    expect(await bench.refused({ ...EXPAND, ...others["another stack"] })).to.match(/ledger belongs to/);
    const [row] = await bench.query("SELECT owner FROM zero_downtime.identity");
    expect(row?.["owner"]).to.equal(bench.database.roles.owner);
  });

  it("refuses a new stack on a ledger of the version before that speaks of another schema's tables", async () => {
    await asFirstLedger(bench.database);
    const reason = await bench.refused({ goal: "base", to: OLD, first: true, ...OURS, schema: "second" });
    expect(reason).to.match(/this database's ledger is another's: .* schema second lacks table address/);
    await bench.reach("expanded", EXPAND);
  });
});
