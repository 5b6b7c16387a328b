import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";

const ASKING = `
  import { asker } from "./cli/terminal/questions.ts";
  const { ask, close } = asker({}, false);
  await ask({ flag: "name", text: "Name", fallback: "nobody" });
  const secret = await ask({ flag: "secret", text: "Password", isSecret: true });
  console.log("backwards: " + [...secret].reverse().join(""));
  close();
`;

describe("a question on a terminal", () => {
  it("shows what is typed, unless that is secret", async () => {
    const command = `${process.execPath} --input-type=module -e '${ASKING}'`;
    const terminal = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    let screen = "";
    terminal.stdout.on("data", (chunk: Buffer) => (screen += chunk.toString()));
    const asked = (text: string) =>
      eventually(
        () => screen,
        (seen) => seen.includes(text),
      );
    await asked("Name [nobody]: ");
    terminal.stdin.write("somebody\r");
    await asked("Password: ");
    terminal.stdin.write("hidden-one\r");
    await asked("backwards: eno-neddih");
    terminal.stdin.end();
    await once(terminal, "close");
    expect(screen).to.include("somebody");
    expect(screen).not.to.include("hidden-one");
  });
});
