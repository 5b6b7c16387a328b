import { expect } from "chai";
import type { Totals } from "../../../example/load/totals.ts";
import { flipOf, flipReport } from "../../bench/rollback/figures.ts";

const answers = (version: string, connection: "fresh" | "keptAlive", firstAt: number, lastAt: number) => ({
  version,
  colour: "blue",
  connection,
  answers: 10,
  firstAt,
  lastAt,
});

const seen = {
  failed: 1,
  wrong: 0,
  seen: [
    answers("2.0.0", "fresh", 900, 1700),
    answers("2.0.0", "keptAlive", 900, 1900),
    answers("1.0.0", "fresh", 1650, 9000),
    answers("1.0.0", "keptAlive", 1800, 9000),
  ],
} as unknown as Totals;

describe("the figures of a rollback", () => {
  it("count from the command to the first old answer and to the last new one, on any connection", () => {
    expect(flipOf(seen, 1000, 8000, ["1.0.0", "2.0.0"])).to.deep.equal({
      firstOld: 650,
      lastNew: 900,
      recorded: 8000,
      failed: 1,
    });
  });

  it("leave the CLI's own start out, and nothing else", () => {
    const flip = flipOf(seen, 1000, 8000, ["1.0.0", "2.0.0"]);
    const report = flipReport([flip, flip], [150, 170, 900]);
    expect(report).to.match(/first answer of the old colour \| 0\.48 s \| 0\.48 s \| 0\.48 s/);
    expect(report).to.match(/failed or wrong: 2\. The CLI's own start, as `zd --help` takes it, is 0\.17 s/);
  });
});
