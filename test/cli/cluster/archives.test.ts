import { expect } from "chai";
import type pg from "pg";
import {
  choose,
  dropArchives,
  listArchives,
  loss,
  type Archive,
  type Choice,
} from "../../../cli/cluster/archives.ts";
import { linesOf } from "../../../cli/actions/archive.ts";
import { asFirstLedger } from "../../support/postgres/first-ledger.ts";
import { ReleaseBench } from "../../support/postgres/release-bench.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";
const WAY = { from: OLD, to: NEW };
const DAY = 86_400;

describe("zd archive", function () {
  this.timeout(120_000);
  let bench: ReleaseBench;
  let client: pg.Client;

  before(async () => {
    bench = await ReleaseBench.create();
    await bench.reach("base", { to: OLD, first: true });
    await bench.query("INSERT INTO address (name, street) VALUES ('a', 'Main  Street   1'), ('b', 'Elm 2')");
    await bench.reach("expanded", WAY);
    await bench.reach("filled", WAY);
    await bench.reach("contracted", { ...WAY, vacate: bench.database.roles.blue });
    await bench.database.saveAs(`${bench.database.name}_contracted`);
  });

  beforeEach(async () => {
    await bench.database.resetTo(`${bench.database.name}_contracted`);
    client = await bench.database.connect(bench.database.roles.migrator, "zd");
    await client.query("SET default_transaction_read_only = on");
  });

  after(() => bench.end(`${bench.database.name}_contracted`));

  const age = (days: number) =>
    bench.query("UPDATE zero_downtime.archive SET at = now() - make_interval(days => $1)", [days]);
  const olderThan = (days: number): Choice => ({
    names: [],
    olderThanSeconds: days * DAY,
    migration: null,
  });
  const namesOf = (archives: readonly Archive[]) => archives.map(({ name }) => name);

  it("lists what contract has kept: of which migration, since when and how much", async () => {
    const archives = await listArchives(client);
    expect(namesOf(archives)).to.deep.equal(["old_0002_split_street_address"]);
    expect(linesOf(archives)[0]).to.match(
      /^old_0002_split_street_address: dropped by contract of 0002-split-street, .* rows, \d+ KiB, since 20\d\d-/,
    );
    expect(archives.map(loss)[0]).to.match(/0002-split-street can no longer be taken back with the values/);
  });

  it("drops what is old enough, and nothing else", async () => {
    const young = choose(await listArchives(client), olderThan(30));
    expect(young).to.deep.equal({ drop: [], kept: [] });
    await age(31);
    const { drop } = choose(await listArchives(client), olderThan(30));
    expect(choose(drop, { ...olderThan(30), migration: "0009-other" }).drop).to.deep.equal([]);
    await dropArchives(client, olderThan(30), drop);
    expect(await listArchives(client)).to.deep.equal([]);
    await bench.reach("base", { from: NEW, to: NEW });
  });

  it("drops nothing that a release on its way needs, whatever its age, also where that began meanwhile", async () => {
    await age(31);
    const { drop } = choose(await listArchives(client), olderThan(30));
    await bench.reach("expanded", { from: NEW, to: OLD });
    const { drop: now, kept } = choose(await listArchives(client), olderThan(30));
    expect(namesOf(now)).to.deep.equal([]);
    expect(kept[0]).to.match(/0002-split-street is expanded and needs it/);
    const error = await dropArchives(client, olderThan(30), drop).then(
      () => null,
      (reason: unknown) => String(reason),
    );
    expect(error).to.match(/needed or gone by now\. Nothing was changed/);
    expect(await listArchives(client)).to.have.length(1);
  });

  it("drops an archive of an older version of the program by its name alone", async () => {
    await asFirstLedger(bench.database);
    for (const isUpgraded of [false, true]) {
      if (isUpgraded) await bench.reach("base", { from: NEW, to: NEW });
      const archives = await listArchives(client);
      expect(linesOf(archives)[0]).to.match(/of 0002-split-street, .* since unknown$/);
      expect(choose(archives, olderThan(1)).kept[0]).to.match(/its age is not known/);
    }
    const named: Choice = {
      names: ["old_0002_split_street_address"],
      olderThanSeconds: null,
      migration: null,
    };
    await dropArchives(client, named, choose(await listArchives(client), named).drop);
    expect(await listArchives(client)).to.deep.equal([]);
  });

  it("waits for no schema Job that is at work, and drops nothing beside it", async () => {
    const runner = await bench.database.connect(bench.database.roles.migrator, "a runner");
    await runner.query("SELECT pg_advisory_lock(1514426221, 1886547310)");
    await age(31);
    const { drop } = choose(await listArchives(client), olderThan(30));
    const error = await dropArchives(client, olderThan(30), drop).catch((reason: unknown) => String(reason));
    expect(error).to.match(/a schema Job is at work/);
    expect(await listArchives(client)).to.have.length(1);
  });

  it("lists what an abort has kept, each time anew", async () => {
    await bench.reach("expanded", { from: NEW, to: OLD });
    await bench.reach("filled", { from: NEW, to: OLD });
    await bench.query("UPDATE address SET street = 'Odd   9' WHERE name = 'a'");
    await bench.reach("base", { from: NEW, to: NEW, vacate: bench.database.roles.blue });
    const archives = await listArchives(client);
    expect(archives.every(({ since }) => since !== null)).to.equal(true);
    expect(archives.map(({ state }) => state)).to.deep.equal(archives.map(() => "finished"));
  });
});
