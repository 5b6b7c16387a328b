import { expect } from "chai";
import {
  outcome,
  runCommand,
  runtimeOptions,
  type RunSettings,
} from "../../../local/language-host/run-command.ts";

const settings: RunSettings = {
  monitor: "127.0.0.1:1",
  engine: "127.0.0.1:2",
  project: "shop",
  stack: "dev",
  organization: "organization",
  pwd: "/work",
  rootDirectory: "/work",
  entryPoint: ".",
  args: [],
  parallel: 8,
  dryRun: false,
  config: { "shop:phase": "stable" },
  secretKeys: ["shop:password"],
  options: { typescript: false, nodeArguments: [] },
};

describe("runCommand()", () => {
  it("starts the SDK's starter with all that the program has to know", () => {
    const { args, env } = runCommand(settings, "/sdk/run.js");
    expect(args).to.deep.equal([
      "/sdk/run.js",
      ...["--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--organization", "organization"],
      ...[
        "--project",
        "shop",
        "--stack",
        "dev",
        "--pwd",
        "/work",
        "--root-directory",
        "/work",
        "--parallel",
        "8",
      ],
      ".",
    ]);
    expect(env).to.deep.equal({
      PULUMI_CONFIG: '{"shop:phase":"stable"}',
      PULUMI_CONFIG_SECRET_KEYS: '["shop:password"]',
      PULUMI_NODEJS_TYPESCRIPT: "false",
    });
  });

  it("says that it is a preview, and puts Node's own arguments before the starter", () => {
    const options = { typescript: false, nodeArguments: ["--import=tsx"] };
    const { args } = runCommand({ ...settings, dryRun: true, options }, "/sdk/run.js");
    expect(args.slice(0, 2)).to.deep.equal(["--import=tsx", "/sdk/run.js"]);
    expect(args.slice(-2)).to.deep.equal(["--dry-run", "."]);
  });

  it("leaves out what the engine did not say", () => {
    const { args } = runCommand({ ...settings, organization: "", parallel: 0 }, "/sdk/run.js");
    expect(args).to.not.include("--organization").and.to.not.include("--parallel");
  });

  it("hands on a tsconfig of another name", () => {
    const options = { typescript: true, tsconfig: "tsconfig.pulumi.json", nodeArguments: [] };
    expect(runCommand({ ...settings, options }, "/sdk/run.js").env).to.include({
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: "tsconfig.pulumi.json",
    });
  });
});

describe("runtimeOptions()", () => {
  it("takes TypeScript through ts-node unless it is switched off", () => {
    expect(runtimeOptions({}).typescript).to.equal(true);
    expect(runtimeOptions({ typescript: false }).typescript).to.equal(false);
  });

  it("splits nodeargs at spaces, but not inside of quotation marks", () => {
    expect(runtimeOptions({ nodeargs: `--a  --b="c d" '--e f'` }).nodeArguments).to.deep.equal([
      "--a",
      "--b=c d",
      "--e f",
    ]);
    expect(runtimeOptions({ nodeargs: ["--a b"] }).nodeArguments).to.deep.equal(["--a b"]);
    expect(runtimeOptions({}).nodeArguments).to.deep.equal([]);
  });
});

describe("outcome()", () => {
  it("is silent about a program that ended well, or has already told what is wrong", () => {
    expect(outcome(0, null, false)).to.deep.equal({ error: "", bail: false });
    expect(outcome(32, null, false)).to.deep.equal({ error: "", bail: true });
  });

  it("names the exit code or the signal of any other end", () => {
    expect(outcome(5, null, false).error).to.equal("The program exited with code 5.");
    expect(outcome(null, "SIGKILL", false).error).to.equal("The program was ended by SIGKILL.");
  });

  it("is silent about a program that was cancelled", () => {
    expect(outcome(1, null, true)).to.deep.equal({ error: "", bail: true });
  });
});
