import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import {
  identify,
  isRunning,
  isSame,
  startTicksOf,
  stateOf,
} from "../../../local/machine/process-identity.ts";

describe("process identity", () => {
  it("reads the start time behind a command name with spaces and brackets", () => {
    const stat = `123 (a b) c) S 1 123 123 0 -1 4194560 ${Array.from({ length: 11 }, (_, index) => index).join(" ")} 0 98765 1`;
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    expect(stateOf(stat)).to.equal("S");
    expect(startTicksOf(stat)).to.equal(Number(fields[19]));
  });

  it("knows this process as running, and as itself", () => {
    const own = identify(process.pid);
    expect(own).to.include({ pid: process.pid });
    expect(own !== undefined && isRunning(own)).to.equal(true);
  });

  it("tells a process from a later one with the same pid", () => {
    const own = identify(process.pid);
    if (own === undefined) throw new Error("no identity of this process");
    const earlier = { ...own, startTicks: own.startTicks - 1 };
    expect(isSame(own, earlier)).to.equal(false);
    expect(isRunning(earlier)).to.equal(false);
  });

  it("tells a process from one with the same pid and ticks before a restart of the machine", () => {
    const own = identify(process.pid);
    if (own === undefined) throw new Error("no identity of this process");
    expect(isRunning({ ...own, bootId: "00000000-0000-0000-0000-000000000000" })).to.equal(false);
  });

  it("sees that a process has ended", async () => {
    const child = spawn("sleep", ["60"]);
    const identity = identify(child.pid ?? 0);
    if (identity === undefined) throw new Error("no identity of the child");
    expect(isRunning(identity)).to.equal(true);
    child.kill("SIGKILL");
    await once(child, "close");
    expect(isRunning(identity)).to.equal(false);
  });
});
