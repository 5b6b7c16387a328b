import { expect } from "chai";
import { describeLock, isStale, locksIn } from "../../../cli/stack/stack-lock.ts";

const MESSAGE = `error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/zero-downtime/live/1.json: created by ann@laptop (pid 4711) at 2026-01-02T03:04:05Z
  file:///state/.pulumi/locks/organization/zero-downtime/live/2.json: created by bob@runner-7 (pid 12) at 2026-01-02T03:05:06Z`;

const [own, far] = locksIn(MESSAGE);
const machine = (command: string | null) => ({ host: "laptop", commandOf: () => command });

describe("a stack's lock", () => {
  it("is read from what Pulumi says", () => {
    expect(own).to.deep.equal({ user: "ann", host: "laptop", pid: 4711, since: "2026-01-02T03:04:05Z" });
    expect(far?.host).to.equal("runner-7");
  });

  it("is stale where its process is gone, or its number is somebody else's by now", () => {
    if (!own) throw new Error("no lock was read");
    expect(isStale(own, machine(null))).to.equal(true);
    expect(isStale(own, machine("/usr/bin/vim"))).to.equal(true);
    expect(isStale(own, machine("pulumi up --yes"))).to.equal(false);
  });

  it("is never stale where it belongs to another machine", () => {
    if (!far) throw new Error("no lock was read");
    expect(isStale(far, machine(null))).to.equal(false);
    expect(describeLock(far, machine(null))).to.equal(
      "process 12 of bob on runner-7, since 2026-01-02T03:05:06Z",
    );
  });

  it("is not made up where Pulumi names none", () => {
    expect(locksIn("[409] Conflict: Another update is currently in progress.")).to.deep.equal([]);
  });
});
