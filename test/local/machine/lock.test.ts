import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { withLock } from "../../../local/machine/lock.ts";
import { identify } from "../../../local/machine/process-identity.ts";
import { silentReport, type Report } from "../../../local/report.ts";

describe("withLock()", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "zero-downtime-lock-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it("lets one at a time in, tells the other whom it waits for, and leaves no file", async () => {
    const said: string[] = [];
    const report: Report = { ...silentReport, say: (line) => said.push(line) };
    const events: string[] = [];
    let leave: () => void = () => undefined;
    const first = withLock(folder, report, async () => {
      events.push("first in");
      await new Promise<void>((resolve) => (leave = resolve));
      events.push("first out");
    });
    const second = withLock(folder, { ...report, say: (line) => (said.push(line), leave()) }, async () => {
      events.push("second in");
    });
    await Promise.all([first, second]);
    expect(events).to.deep.equal(["first in", "first out", "second in"]);
    expect(said.join()).to.contain(`pid ${process.pid}`);
    expect(fs.readdirSync(folder)).to.deep.equal([]);
  });

  it("does not wait for a holder that was killed, nor for another process with its pid", async () => {
    const own = identify(process.pid);
    if (own === undefined) throw new Error("no identity of this process");
    fs.writeFileSync(path.join(folder, "lock"), JSON.stringify({ ...own, startTicks: own.startTicks - 1 }));
    expect(await withLock(folder, silentReport, async () => "in")).to.equal("in");
  });

  it("is given back when the action fails", async () => {
    const failed = await withLock(folder, silentReport, async () => {
      throw new Error("on purpose");
    }).catch((error: unknown) => String(error));
    expect(failed).to.contain("on purpose");
    expect(await withLock(folder, silentReport, async () => "in")).to.equal("in");
  });
});
