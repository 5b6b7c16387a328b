import { expect } from "chai";
import { countDatabase, NOTHING_COUNTED } from "../../../jobs/guard/counter-deltas.ts";
import { DatabaseSignals } from "../../../jobs/guard/session-metrics.ts";
import { NoAnswer } from "../../../jobs/http/request.ts";
import { PASSWORD } from "../../support/postgres/launch-postgres.ts";
import { createDatabase, type TestDatabase } from "../../support/postgres/postgres.ts";
import { until } from "../../support/until.ts";

const QUIET = { sessions: 0, lockWaits: 0, statements: 0, slowStatements: 0 };

describe("the database's signals of a colour", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let leave: () => void;
  let signals: DatabaseSignals;

  before(async () => {
    database = await createDatabase("signals");
    await database.query(`CREATE TABLE t (id int PRIMARY KEY); GRANT ALL ON t TO "${database.roles.app}"`);
    await database.query("INSERT INTO t VALUES (1)");
  });

  beforeEach(() => {
    leave = database.enter();
    process.env["DATABASE_PASSWORD_CANDIDATE"] = PASSWORD;
    const { blue, green } = database.roles;
    signals = new DatabaseSignals(
      { slowSeconds: 0.2, logins: { active: blue, candidate: green } },
      "candidate",
    );
  });

  afterEach(async () => {
    await signals.end();
    delete process.env["DATABASE_PASSWORD_CANDIDATE"];
    leave();
  });

  after(() => database.drop());

  it("are those of its own login's sessions, without the guard's", async () => {
    expect(await signals.look()).to.deep.equal(QUIET);
    await database.connect(database.roles.blue);
    await database.connect(database.roles.green);
    expect(await signals.look()).to.deep.equal({ ...QUIET, sessions: 1 });
  });

  it("tell who waits for a lock, and whose statement is slow", async () => {
    const [holder, waiter] = [
      await database.connect(database.roles.blue),
      await database.connect(database.roles.green),
    ];
    await holder.query("BEGIN; UPDATE t SET id = 1");
    const waiting = waiter.query("UPDATE t SET id = 1");
    await until("it waits for the lock, and for long", async () => {
      const { lockWaits, statements, slowStatements } = await signals.look();
      return lockWaits === 1 && statements === 1 && slowStatements === 1;
    });
    await holder.query("COMMIT");
    await waiting;
    expect(await signals.look()).to.include({ lockWaits: 0, slowStatements: 0 });
  });

  it("are read again by the next look after the connection broke", async () => {
    await signals.look();
    const ended =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%guard'";
    await database.query(ended);
    const failed = await signals.look().catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(NoAnswer);
    expect(await signals.look()).to.include({ lockWaits: 0 });
  });

  it("are not made up where the login is not let in: it says whose, and why", async () => {
    process.env["PGDATABASE"] = "nowhere";
    const failed = await signals.look().catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(NoAnswer);
    expect(String(failed)).to.match(/login \S+_green cannot read its sessions: .*nowhere/);
  });

  it("add up over the looks of a stage", () => {
    const one = countDatabase(NOTHING_COUNTED, {
      sessions: 4,
      lockWaits: 1,
      statements: 2,
      slowStatements: 1,
    });
    const two = countDatabase(one, { sessions: 3, lockWaits: 0, statements: 1, slowStatements: 0 });
    expect(two.colour.database).to.deep.equal({
      sessions: 7,
      lockWaits: 1,
      statements: 3,
      slowStatements: 1,
      mismatches: null,
    });
  });
});
