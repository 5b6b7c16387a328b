import { expect } from "chai";
import pg from "pg";
import { loggedIn, proveLogin } from "../../../jobs/checks/logged-in.ts";
import type { Result } from "../../../jobs/job.ts";
import { apiAt } from "../../../jobs/kubernetes/cluster-api.ts";
import { identifier, sql } from "../../../schema/sql/sql.ts";
import { PASSWORD } from "../../support/postgres/launch-postgres.ts";
import { createDatabase, type TestDatabase } from "../../support/postgres/postgres.ts";
import { answering, testContext, type Answering } from "../answering.ts";

const LABELS = { "app.kubernetes.io/name": "shop", "zero-downtime/workload": "green" };
/** Where all sessions of a test come from. */
const HERE = "127.0.0.1";
const ELSEWHERE = "10.0.0.7";

interface Pod {
  readonly address: string;
  readonly workload?: string;
  readonly isEnding?: boolean;
}

describe("the proof of a candidate's login", function () {
  this.timeout(30_000);
  let database: TestDatabase;
  let leave: () => void;
  let cluster: Answering;
  let candidate: Answering;
  let pods: Pod[];
  /** Age of the pods in seconds, by the API server's clock. */
  let age: number;
  /** What the candidate does at each request. */
  let onRequest: () => Promise<void>;
  let clients: pg.Client[];

  before(async () => {
    database = await createDatabase("logins");
    leave = database.enter();
    process.env["DATABASE_PASSWORD_CANDIDATE"] = PASSWORD;
    // An API server of which nobody knows what its clock says.
    const now = Date.parse("2020-02-03T04:05:06Z");
    cluster = await answering((_, response) => {
      const items = pods.map(({ address, workload = "green", isEnding = false }) => ({
        metadata: {
          labels: { ...LABELS, "zero-downtime/workload": workload },
          creationTimestamp: new Date(now - age * 1000).toISOString(),
          ...(isEnding ? { deletionTimestamp: new Date(now).toISOString() } : {}),
        },
        status: { podIPs: [{ ip: address }] },
      }));
      response.setHeader("date", new Date(now).toUTCString());
      response.end(JSON.stringify({ items }));
    });
    candidate = await answering((_, response) => {
      void onRequest().then(() => response.end());
    });
  });

  beforeEach(() => {
    [pods, age, clients] = [[{ address: HERE }], 60, []];
    onRequest = () => Promise.resolve();
  });

  afterEach(async () => {
    for (const client of clients) await client.end();
    await database.disconnect();
  });

  after(async () => {
    delete process.env["DATABASE_PASSWORD_CANDIDATE"];
    leave();
    await cluster.close();
    await candidate.close();
    await database.drop();
  });

  async function session(login: string, more: pg.ClientConfig = {}): Promise<pg.Client> {
    const client = new pg.Client({
      ...{ host: HERE, port: database.port, database: database.name, user: login, password: PASSWORD },
      ...more,
    });
    client.on("error", () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  }

  const look = (more: object = {}): Promise<Result> => {
    const { green, blue, migrator } = database.roles;
    const asked = loggedIn.settings.parse({
      namespace: "shop",
      labels: LABELS,
      candidate: "2.0.0 (green)",
      login: green,
      others: [migrator, blue, "postgres"],
      url: candidate.url,
      paths: ["/", "/other"],
      concurrency: 4,
      deadlineSeconds: 10,
      ...more,
    });
    return proveLogin(
      asked,
      testContext(),
      apiAt(cluster.url, () => Promise.resolve("")),
    );
  };
  const refused = async (): Promise<string> => {
    const { ok, summary } = await look({ deadlineSeconds: 0.4 });
    expect(ok, summary).to.equal(false);
    expect(summary).not.to.include(PASSWORD);
    return summary;
  };
  const accepted = async (): Promise<string> => {
    const { ok, summary } = await look();
    expect(ok, summary).to.equal(true);
    return summary;
  };

  it("is a session that began with its pods, and asks the candidate for nothing then", async () => {
    const asked = candidate.requests.length;
    await session(database.roles.green);
    await session(database.roles.green);
    expect(await accepted()).to.equal(
      `2.0.0 (green) logs in as ${database.roles.green}: 2 sessions since its pods began`,
    );
    expect(candidate.requests).to.have.length(asked);
  });

  it("is seen of a pool that opens at the first request which needs it", async () => {
    let opened: Promise<pg.Client> | undefined;
    onRequest = async () => void (await (opened ??= session(database.roles.green)));
    expect(await accepted()).to.match(/: 1 session since its pods began/);
    expect(candidate.requests.map(({ path }) => path)).to.include.members(["/", "/other"]);
  });

  it("is seen of sessions that last no longer than a request", async () => {
    onRequest = async () => {
      const client = await database.connect(database.roles.green);
      await client.query("SELECT 1");
      await client.end();
    };
    await accepted();
  });

  it("is missing where both versions go on with one login of the application's, and says what to write", async () => {
    await database.query(sql`CREATE ROLE shop LOGIN PASSWORD 'not a secret'`.text);
    try {
      await session("shop");
      await session("shop");
      await session(database.roles.blue);
      await session(database.roles.migrator);
      const summary = await refused();
      expect(summary).to.match(
        /^Cannot let 2\.0\.0 \(green\) take over as its pods must log in to the database as \S+_green, and no session of theirs was seen within 0\.4 s \(sessions in this database are of shop \(2\)\)\. Write DATABASE_URL: postgres:\/\/\$\(PGUSER\):\$\(PGPASSWORD\)@/,
      );
      for (const advice of ["database.logins: application", "database.usesLogin: false", "app.warmUp.paths"])
        expect(summary).to.include(advice);
    } finally {
      for (const client of clients.splice(0)) await client.end();
      await database.query("DROP ROLE shop");
    }
  });

  it("names the login of the candidate's own pods where statistics may be read, be it the other colour's", async () => {
    const { green, blue } = database.roles;
    await database.query(sql`GRANT pg_read_all_stats TO ${identifier(green)}`.text);
    try {
      await session(blue);
      expect(await refused()).to.match(/\(its pods log in as .*_blue \(1\)\)/);
    } finally {
      await database.query(sql`REVOKE pg_read_all_stats FROM ${identifier(green)}`.text);
    }
  });

  it("is not a session that takes the role of the candidate's login", async () => {
    const { green, blue } = database.roles;
    await database.query(sql`GRANT ${identifier(green)} TO ${identifier(blue)}`.text);
    try {
      const member = await session(blue);
      await member.query(sql`SET ROLE ${identifier(green)}`.text);
      await refused();
    } finally {
      for (const client of clients.splice(0)) await client.end();
      await database.query(sql`REVOKE ${identifier(green)} FROM ${identifier(blue)}`.text);
    }
  });

  it("is not a session that an earlier run has left behind", async () => {
    await session(database.roles.green);
    age = -5;
    expect(await refused()).to.match(
      /_green has sessions from before the candidate's pods, from 127\.0\.0\.1 \(1\)/,
    );
  });

  it("is such a session once it runs a statement, as a pooler hands it on, but not one of another pod's", async () => {
    const left = await session(database.roles.green);
    // Less than a clock of whole seconds can tell apart does not matter.
    age = -3;
    pods = [{ address: ELSEWHERE }];
    await refused();
    let turn: Promise<unknown> = Promise.resolve();
    onRequest = async () => void (await (turn = turn.then(() => left.query("SELECT 1"))));
    expect(await accepted()).to.match(/1 session since/);
    for (const other of [
      { address: HERE, workload: "blue" },
      { address: HERE, isEnding: true },
    ]) {
      pods = [{ address: ELSEWHERE }, other];
      expect(await refused()).to.match(
        /_green has sessions of other pods of a release, from 127\.0\.0\.1 \(1\)/,
      );
    }
  });

  it("is a session from an address that pods on the network of their node share with others", async () => {
    pods = [{ address: HERE }, { address: HERE, workload: "blue" }];
    await session(database.roles.green);
    await accepted();
  });

  it("is not the guard's look at the candidate, nor an earlier one of this check", async () => {
    for (const program of ["guard", "logged-in"])
      await session(database.roles.green, { application_name: `zero-downtime ${program}` });
    await refused();
  });

  it("is not a session in another database, of which it tells", async () => {
    await session(database.roles.green, { database: "postgres" });
    expect(await refused()).to.match(/_green has sessions in another database, postgres \(1\)/);
  });

  it("ends at once where the login is not let in at all, and shows no password", async () => {
    process.env["DATABASE_PASSWORD_CANDIDATE"] = "another one";
    try {
      const { ok, summary } = await look();
      expect(ok).to.equal(false);
      expect(summary).to.match(/this Job itself cannot log in as \S+_green: password authentication failed/);
      expect(summary).not.to.include("another one");
    } finally {
      process.env["DATABASE_PASSWORD_CANDIDATE"] = PASSWORD;
    }
  });

  it("waits for a server that does not answer yet, up to its limit", async () => {
    process.env["PGPORT"] = "1";
    try {
      expect(await refused()).to.match(/cannot log in as \S+_green: connect ECONNREFUSED/);
    } finally {
      process.env["PGPORT"] = String(database.port);
    }
  });

  it("says that there is no pod whose login could be seen", async () => {
    pods = [
      { address: HERE, workload: "blue" },
      { address: HERE, isEnding: true },
    ];
    await session(database.roles.green);
    expect(await refused()).to.match(/\(0\.4 s have passed and 2\.0\.0 \(green\) has no pod\)/);
  });
});
