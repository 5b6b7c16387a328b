import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { expect } from "chai";
import { execa } from "execa";
import { parseExposition } from "../../jobs/guard/exposition.ts";
import { connectionVariables } from "../support/noticeboard/database-url.ts";
import { createDatabase } from "../support/postgres/postgres.ts";
import { until } from "../support/until.ts";

const PROGRAM = fileURLToPath(new URL("../support/noticeboard/main.ts", import.meta.url));
const ANY_PORTS = ["--port=0", "--grpc-port=0", "--metrics-port=0"];

interface Ports {
  readonly http: number;
  readonly grpc: number;
  readonly metrics: number;
}

describe("the noticeboard that journeys release", function () {
  this.timeout(60_000);
  let folder: string;
  const running: ChildProcess[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "zero-downtime-noticeboard-"));
  });
  afterEach(() => {
    for (const child of running.splice(0)) child.kill("SIGKILL");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("shows version, notice and title, and names no colour", async () => {
    const { ports } = await runBoard({ title: "Town hall" });
    const { status, headers, json } = await ask(`127.0.0.1:${ports.http}/`);
    expect(status).to.equal(200);
    expect(json).to.deep.equal({
      version: "1.2.3",
      notice: "Closed on Monday",
      title: "Town hall",
      pageSize: 20,
    });
    expect([...headers.keys()].filter((name) => name.startsWith("x-"))).to.deep.equal([]);
    expect((await ask(`127.0.0.1:${ports.http}/version`)).json).to.deep.equal({ version: "1.2.3" });
    expect((await ask(`127.0.0.1:${ports.http}/nowhere`)).status).to.equal(404);
  });

  it("says on its gRPC port that it serves, to a client of gRPC's own making and to its own probe", async () => {
    const { ports } = await runBoard();
    expect(await checkByGrpc(ports.grpc, "Check")).to.deep.equal([0x08, 0x01]);
    await probe("grpc", `127.0.0.1:${ports.grpc}`);
    const unknown = await checkByGrpc(ports.grpc, "Watch").catch(({ code }: grpc.ServiceError) => code);
    expect(unknown).to.equal(grpc.status.UNIMPLEMENTED);
  });

  it("counts requests by status, and their seconds, on a port of their own", async () => {
    const { ports } = await runBoard();
    for (const path of ["/", "/version", "/nowhere"]) await ask(`127.0.0.1:${ports.http}${path}`);
    const page = await (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text();
    const { series } = parseExposition(page, (name) =>
      /^http_request(s_total|_duration_seconds_count)$/.test(name),
    );
    const counted = series.map(({ name, labels, value }) => `${name} ${labels["status"]} ${value}`);
    expect(counted).to.include.members(["http_requests_total 200 2", "http_requests_total 404 1"]);
    expect(counted.filter((line) => line.startsWith("http_request_duration"))).to.have.length(3);
    expect((await ask(`127.0.0.1:${ports.http}/metrics`)).status).to.equal(404);
  });

  for (const pageSize of [0, -3, 1.5, "many"]) {
    it(`ends at its start where the configuration file asks for ${pageSize} notices on a page`, async () => {
      const { exitCode, stderr } = await runToEnd([
        ...ANY_PORTS,
        `--config-path=${await configured({ pageSize })}`,
      ]);
      expect(exitCode).to.equal(1);
      expect(stderr).to.match(/Cannot start as pageSize in .*board\.json must be a whole number from 1/);
    });
  }

  it("is probed by a command: 0 where the answer is 200, 1 where it is not or nobody answers", async () => {
    const { ports } = await runBoard();
    await probe("http", `127.0.0.1:${ports.http}/healthz`);
    for (const address of [`127.0.0.1:${ports.http}/nowhere`, "127.0.0.1:1/healthz"])
      expect((await runToEnd(["check", "http", address])).exitCode).to.equal(1);
  });

  it("tells who holds a connection to leave before it ends, and ends well", async () => {
    const { child, ports } = await runBoard();
    await ask(`127.0.0.1:${ports.http}/`);
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await until("it drains", async () => {
      const { status, headers } = await ask(`127.0.0.1:${ports.http}/readyz`);
      return status === 503 && headers.get("connection") === "close";
    });
    expect((await exited)[0]).to.equal(0);
  });

  it("reads a login of any characters out of DATABASE_URL, and says no password where it cannot", () => {
    expect(connectionVariables("postgres://shop_blue:p%40ss%2Fword@db.example.com:6432/shop")).to.deep.equal({
      PGHOST: "db.example.com",
      PGPORT: "6432",
      PGUSER: "shop_blue",
      PGPASSWORD: "p@ss/word",
      PGDATABASE: "shop",
    });
    for (const [text, why] of [
      [undefined, /DATABASE_URL is not set/],
      ["host=db password=hunter2", /DATABASE_URL is no URL/],
      ["postgres://$(PGUSER):hunter2@$(PGHOST)/shop", /has \$\(PGUSER\), which nobody has set/],
    ] as const) {
      const reading = () => connectionVariables(text);
      expect(reading).to.throw(Error, why);
      expect(reading).to.not.throw("hunter2");
    }
  });

  it("serves the address book from DATABASE_URL alone, once somebody listens there", async () => {
    const database = await createDatabase();
    try {
      await database.query(
        "CREATE TABLE address (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text NOT NULL, street text NOT NULL, city text NOT NULL DEFAULT '')",
      );
      const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD } = database.environment("postgres");
      const DATABASE_URL = `postgres://${PGUSER}:${PGPASSWORD}@${PGHOST}:${PGPORT}/${PGDATABASE}`;
      expect((await runToEnd(["await"], { DATABASE_URL })).exitCode).to.equal(0);
      const child = start(["book"], { DATABASE_URL, PORT: "0", HOST: "127.0.0.1", VERSION: "1.0.0" });
      const { port } = await firstLine<{ port: number }>(child);
      await until("it is ready", async () => (await ask(`127.0.0.1:${port}/readyz`)).status === 200);
      const body = JSON.stringify({ name: "Ada", street: "Weg 5" });
      await fetch(`http://127.0.0.1:${port}/addresses`, { method: "POST", body });
      const { json } = await ask(`127.0.0.1:${port}/addresses/1`);
      expect(json).to.include({ name: "Ada", street: "Weg 5" });
    } finally {
      await database.drop();
    }
  });

  async function configured(file: object): Promise<string> {
    await writeFile(join(folder, "board.json"), JSON.stringify(file));
    return folder;
  }

  async function runBoard(file: object = {}): Promise<{ child: ChildProcess; ports: Ports }> {
    const child = start([...ANY_PORTS, `--config-path=${await configured(file)}`, "--level=debug"]);
    const { ports } = await firstLine<{ ports: Ports }>(child);
    return { child, ports };
  }

  function start(args: readonly string[], variables: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { PATH: process.env["PATH"], VERSION: "1.2.3", NOTICE: "Closed on Monday", ...variables },
      stdio: ["ignore", "pipe", "inherit"],
    });
    running.push(child);
    return child;
  }
});

const runToEnd = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  execa(process.execPath, [PROGRAM, ...args], { env, reject: false, timeout: 10_000 });

async function probe(kind: string, address: string): Promise<void> {
  const { exitCode, stderr } = await runToEnd(["check", kind, address]);
  expect(exitCode, stderr).to.equal(0);
}

async function firstLine<Line>(child: ChildProcess): Promise<Line> {
  if (!child.stdout) throw new Error("Cannot hear what it says");
  for await (const line of createInterface(child.stdout)) return JSON.parse(line) as Line;
  throw new Error("It has ended without a word");
}

async function ask(address: string) {
  const response = await fetch(`http://${address}`);
  return { status: response.status, headers: response.headers, json: (await response.json()) as object };
}

/** The bytes of the answer's message. */
function checkByGrpc(port: number, method: string): Promise<number[]> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const asIs = (bytes: Buffer) => bytes;
  return new Promise((resolve, reject) => {
    const path = `/grpc.health.v1.Health/${method}`;
    client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), (error, answer) => {
      client.close();
      if (error) reject(error);
      else resolve([...(answer ?? [])]);
    });
  });
}
