import { expect } from "chai";
import { execa } from "execa";
import type { Report } from "../../example/load/report.ts";
import { BookDouble } from "./book-double.ts";

describe("the load on the command line", function () {
  this.timeout(30_000);
  let double: BookDouble;
  let url: string;

  before(async () => {
    double = new BookDouble();
    url = await double.start();
  });
  after(() => double.stop());

  const run = (...flags: string[]) =>
    execa(process.execPath, ["example/load/main.ts", ...flags], { reject: false });

  it("ends with 0 and a summary when nothing was lost or wrong", async () => {
    const { exitCode, stdout } = await run("--url", url, "--rate", "100", "--seconds", "1.5");
    expect(stdout).to.match(/^requests +sent 1[45]\d {2}failed 0 {2}wrong 0/m);
    expect(stdout).to.match(/answering: blue 1$/m);
    expect(exitCode).to.equal(0);
  });

  it("ends with 1 when something was, and tells it line by line as JSON", async () => {
    double.misdeeds.headers = {};
    const { exitCode, stdout } = await run("--url", url, "--rate", "100", "--seconds", "1.5", "--json");
    const report = JSON.parse(stdout.split("\n").at(-1) ?? "") as Report;
    expect(report.totals.wrongBy).to.have.property("malformed");
    expect(exitCode).to.equal(1);
  });

  it("ends with 2 when it must not or cannot start", async () => {
    const foreign = await run("--url", "http://192.0.2.1", "--rate", "1", "--seconds", "1");
    expect([foreign.exitCode, foreign.stderr]).to.deep.equal([
      2,
      "Cannot send load to 192.0.2.1 as it is not this machine. If it is yours and may be loaded, say so: --allow-host 192.0.2.1",
    ]);
    expect((await run("--url", url, "--rate", "x", "--seconds", "1")).stderr).to.match(/rate/);
  });
});
