import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { checkFilled, isWhole } from "../../example/check-filled.ts";
import { fill } from "../../example/fill.ts";
import { isClean } from "../../example/load/report.ts";
import { type Load, startLoad } from "../../example/load/start-load.ts";
import type { MigrateSettings } from "../../protocol/jobs/migrate-settings.ts";
import { migrate } from "../../jobs/migrate/migrate.ts";
import { migrateSettingsFor } from "../support/postgres/migrate-settings.ts";
import { type TestDatabase, createDatabase } from "../support/postgres/postgres.ts";
import { testContext } from "../jobs/answering.ts";
import { type EntranceDouble, entranceDouble } from "./entrance-double.ts";
import { type RunningBook, runBook, untilReady } from "./running-book.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";
const FILLED = 2_000;

describe("both versions under load, through the whole schema change and back", function () {
  this.timeout(180_000);
  let database: TestDatabase;
  let leave: () => void;
  let entrance: EntranceDouble;
  let load: Load;
  const books: RunningBook[] = [];
  const connection = () => ({
    host: "127.0.0.1",
    port: database.port,
    database: database.name,
    user: "postgres",
    password: database.environment("postgres")["PGPASSWORD"] ?? "",
  });

  before(async () => {
    database = await createDatabase();
    leave = database.enter();
  });
  after(async () => {
    await entrance.close();
    await Promise.all(books.map((book) => book.stop()));
    leave();
    await database.drop();
  });

  async function reach(goal: MigrateSettings["goal"], more: Partial<MigrateSettings> = {}): Promise<void> {
    const settings = migrateSettingsFor(database, { goal, from: OLD, to: NEW, ...more });
    const result = await migrate.run(settings, testContext());
    expect(result.ok, `${goal}: ${result.summary}`).to.equal(true);
  }

  async function start(version: "v1" | "v2"): Promise<RunningBook> {
    const login = version === "v1" ? database.roles.blue : database.roles.green;
    const book = await runBook(version, database, { DRAIN_SECONDS: "5" }, login);
    books.push(book);
    await untilReady(book);
    return book;
  }

  /** Lets so many requests pass under the state that has just been reached. */
  async function serve(requests: number): Promise<void> {
    const until = load.snapshot().answered + requests;
    while (load.snapshot().answered < until) await pause(50);
  }

  async function expectWhole(carried: boolean): Promise<void> {
    const check = await checkFilled({ connection: connection(), count: FILLED });
    expect(isWhole(check, carried), JSON.stringify(check)).to.equal(true);
  }

  it("loses nothing and answers nothing wrong", async () => {
    await reach("base", { from: null, to: OLD, first: true });
    const blue = await start("v1");
    await fill({ connection: connection(), count: FILLED });
    entrance = await entranceDouble(() => blue.url);
    load = await startLoad({ url: entrance.url, rate: 120, seconds: 170, update: 0.4, create: 0.2 });
    await serve(150);

    await reach("expanded");
    await serve(100);
    await reach("filled");
    await expectWhole(true);
    const first = await start("v2");
    let turn = 0;
    entrance.choose = () => ((turn += 1) % 2 ? blue.url : first.url);
    await serve(200);
    entrance.choose = () => first.url;
    await serve(150);

    // The rollback, all the way to where it began.
    entrance.choose = () => blue.url;
    await serve(100);
    expect(await first.stop()).to.equal(0);
    await reach("base", { from: null, to: OLD, vacate: database.roles.green });
    await serve(100);
    await expectWhole(false);

    // And once more, to the end.
    await reach("expanded");
    await reach("filled");
    const second = await start("v2");
    entrance.choose = () => ((turn += 1) % 2 ? blue.url : second.url);
    await serve(150);
    entrance.choose = () => second.url;
    await reach("verified", { record: "switched" });
    expect(await blue.stop()).to.equal(0);
    await reach("contracted", { vacate: database.roles.blue });
    await serve(150);
    const report = await load.stop();
    expect(isClean(report), JSON.stringify(report.problems.slice(0, 5))).to.equal(true);
    expect(report.totals.seen.map(({ version }) => version)).to.include.members(["1.0.0", "2.0.0"]);
    expect(report.totals.declined + report.totals.written).to.be.above(200);
    await expectWhole(true);
  });
});
