import { globSync } from "node:fs";
import { parse } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { programOf } from "../../cli/program.ts";

const surroundings = { say: () => undefined, signal: new AbortController().signal };
const namesOf = async (...words: readonly string[]) =>
  (await programOf(surroundings, words)).commands.map((command) => command.name());

describe("zd", () => {
  it("has a command for each file of cli/commands", async () => {
    const files = globSync("cli/commands/*/*.ts").map((file) => parse(file).name);
    expect((await namesOf()).sort()).to.deep.equal(files.sort());
  });

  it("loads the command that is called alone, and all of them for those who ask what there is", async () => {
    expect(await namesOf("--stack", "production", "status", "--json")).to.deep.equal(["status"]);
    expect(await namesOf("completion", "bash")).to.have.length.above(10);
    expect(await namesOf("help", "status")).to.have.length.above(10);
    expect(await namesOf("--help")).to.have.length.above(10);
    expect(await namesOf("statsu")).to.have.length.above(10);
  });
});

describe("zd preview", () => {
  const wrongUses: readonly (readonly [words: readonly string[], reason: RegExp])[] = [
    [[], /Cannot preview as 1 to 20 stacks must be named.*: 0 are\. Nothing was posted/],
    [["--stack", "a", "-s", "b", "--config-file", "c.yaml"], /one only with --config-file: 2 are/],
    [["--stack"], /argument missing/],
    [["production"], /too many arguments/],
  ];
  for (const [words, reason] of wrongUses) {
    it(`ends with 2 and says why when called with ${words.join(" ") || "nothing"}`, async () => {
      const { exitCode, stderr } = await execa(process.execPath, ["cli/main.ts", "preview", ...words], {
        reject: false,
        timeout: 60_000,
      });
      expect(exitCode).to.equal(2);
      expect(stderr).to.match(reason);
    });
  }
});
