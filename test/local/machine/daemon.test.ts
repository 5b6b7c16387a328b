import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import {
  awaitDaemon,
  endStrays,
  isDaemonRunning,
  readRecord,
  startDaemon,
  stopDaemon,
} from "../../../local/machine/daemon.ts";
import { folders } from "../../../local/folders.ts";
import { carriesMarks, markedProcesses } from "../../../local/machine/owned-processes.ts";

describe("a daemon", () => {
  const place = folders(fs.mkdtempSync(path.join(os.tmpdir(), "zero-downtime-daemon-")));
  const daemon = { name: "sleeper", command: "sleep", args: ["60"] };
  const pid = () => readRecord(place, "sleeper")?.pid;

  before(() => {
    fs.mkdirSync(place.run, { recursive: true });
  });
  afterEach(async () => {
    await stopDaemon(place, "sleeper");
  });
  after(() => {
    fs.rmSync(place.cache, { recursive: true });
  });

  it("is started once, however often it is asked for", async () => {
    await startDaemon(place, daemon);
    const first = pid();
    await startDaemon(place, daemon);
    expect(pid()).to.equal(first);
    expect(isDaemonRunning(place, "sleeper")).to.equal(true);
  });

  it("is started anew when its configuration has changed", async () => {
    await startDaemon(place, daemon);
    const first = pid();
    await startDaemon(place, { ...daemon, configuration: ["other"] });
    expect(pid()).to.not.equal(first);
    expect(markedProcesses(place.run, "sleeper").map((each) => each.pid)).to.deep.equal([pid()]);
  });

  it("leaves alone the process that has its pid by now", async () => {
    fs.mkdirSync(place.pids, { recursive: true });
    const record = {
      pid: process.pid,
      startTicks: 1,
      bootId: "x",
      name: "sleeper",
      fingerprint: "",
      startedAt: "",
    };
    fs.writeFileSync(path.join(place.pids, "sleeper.json"), JSON.stringify(record));
    await stopDaemon(place, "sleeper");
    expect(readRecord(place, "sleeper")).to.equal(undefined);
  });

  it("is found by its marks when its record was lost", async () => {
    await startDaemon(place, daemon);
    fs.rmSync(path.join(place.pids, "sleeper.json"));
    expect(markedProcesses(place.run)).to.have.lengthOf(1);
    await endStrays(place);
    expect(markedProcesses(place.run)).to.have.lengthOf(0);
  });

  it("that ends at its start is reported at once, with the end of its log", async () => {
    // It may have ended before startDaemon() looks, or after; the answer is the same.
    const start = async () => {
      await startDaemon(place, { ...daemon, command: "sh", args: ["-c", "echo no such thing >&2; exit 3"] });
      await awaitDaemon(place, "sleeper", async () => "not yet");
    };
    const failure = await start().catch((error: unknown) => String(error));
    expect(failure).to.contain("Cannot go on as sleeper ended at its start").and.to.contain("no such thing");
  });
});

describe("carriesMarks()", () => {
  it("wants the same folder, not one that begins alike", () => {
    expect(carriesMarks("A=1\0ZERO_DOWNTIME_RUN=/x/run\0ZERO_DOWNTIME_PART=etcd\0", "/x/run")).to.equal(true);
    expect(
      carriesMarks("ZERO_DOWNTIME_RUN=/x/run\0ZERO_DOWNTIME_PART=etcd\0", "/x/run", "postgres"),
    ).to.equal(false);
    expect(carriesMarks("ZERO_DOWNTIME_RUN=/x/run2\0", "/x/run")).to.equal(false);
  });
});
