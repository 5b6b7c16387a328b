import { expect } from "chai";
import { writersOf } from "../../../../jobs/migrate/database/writers-of.ts";

describe("the logins of a release's versions", () => {
  const logins = { blue: "b", green: "g" };

  it("are those that the stage names", () => {
    const writers = { old: "g", new: "b" };
    expect(writersOf({ writers, logins, vacate: "b" }, { move: "undo" })).to.equal(writers);
  });

  it("follow in stable from the idle login: the old version's after a release, the new one's after an abort", () => {
    const idle = { writers: null, logins, vacate: "b" };
    expect(writersOf(idle, { move: "contract" })).to.deep.equal({ old: "b", new: "g" });
    expect(writersOf(idle, { move: "undo" })).to.deep.equal({ old: "g", new: "b" });
  });

  it("are unknown in stable where no login is idle", () => {
    expect(writersOf({ writers: null, logins, vacate: null }, { move: "contract" })).to.deep.equal({
      old: null,
      new: null,
    });
  });
});
