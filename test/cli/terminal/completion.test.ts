import { expect } from "chai";
import { execaSync } from "execa";
import { completionScript } from "../../../cli/terminal/completion.ts";
import { programOf } from "../../../cli/program.ts";
import { PHASE_NAMES } from "../../../release/phases.ts";

const zd = await programOf({ say: () => undefined, signal: new AbortController().signal });

/** What bash offers for a line that somebody has typed so far. */
function offered(...line: readonly string[]): string[] {
  const script = completionScript(zd, PHASE_NAMES, "bash");
  const ask = `COMP_WORDS=(${line.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${line.length - 1}; _zd; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execaSync("bash", ["-c", `${script}\n${ask}`]).stdout.split("\n");
}

describe("shell completion", () => {
  it("offers the commands that begin so", () => {
    expect(offered("zd", "r")).to.include.members(["rollback", "run"]);
    expect(offered("zd", "st")).to.deep.equal(["status"]);
  });

  it("offers the phases where one is meant, and the options of the command", () => {
    expect(offered("zd", "to", "s")).to.deep.equal(["stable", "switch"]);
    expect(offered("zd", "candidate", "--s")).to.include.members(["--schema", "--stack"]);
  });

  it("knows every command in every shell", () => {
    for (const shell of ["bash", "zsh", "fish"] as const) {
      const script = completionScript(zd, PHASE_NAMES, shell);
      for (const command of zd.commands) expect(script, shell).to.include(command.name());
    }
  });
});

describe("zd --help", () => {
  it("says of every command what it does, and that of every option", () => {
    for (const command of zd.commands) {
      expect(command.description(), command.name()).to.match(/^\S.{10}/);
      for (const option of command.options)
        expect(option.description, `${command.name()} ${option.long}`).to.not.equal("");
    }
  });
});
