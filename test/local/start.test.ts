import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { expect } from "chai";
import { outdatedPackages } from "../../local/start.mjs";

const start = path.join(import.meta.dirname, "..", "..", "local", "start.mjs");

describe("outdatedPackages()", () => {
  const wanted = {
    packages: {
      "": {},
      local: { version: "0.1.0" },
      "node_modules/zero-downtime-local": { link: true },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/a/node_modules/b": { version: "2.0.0" },
      "node_modules/for-another-system": { version: "1.0.0", optional: true },
    },
  };

  it("finds nothing when all is installed as locked, whatever optional package is absent", () => {
    const installed = {
      packages: {
        "node_modules/a": { version: "1.0.0" },
        "node_modules/a/node_modules/b": { version: "2.0.0" },
      },
    };
    expect(outdatedPackages(wanted, installed)).to.deep.equal([]);
  });

  it("names what is missing or of another version", () => {
    const installed = { packages: { "node_modules/a": { version: "0.9.0" } } };
    expect(outdatedPackages(wanted, installed)).to.deep.equal(["a", "b"]);
    expect(outdatedPackages(wanted, undefined)).to.deep.equal(["a", "b"]);
  });
});

describe("start.mjs", () => {
  it("runs a file on the pinned Node and passes arguments and exit code on", () => {
    const file = path.join(import.meta.dirname, "exit-with.ts");
    const result = spawnSync("node", [start, file, "7"], { encoding: "utf8" });
    expect(result.stdout.trim()).to.equal(process.version);
    expect(result.status).to.equal(7);
  });

  it("passes a signal on, and ends as a shell would", async () => {
    const file = path.join(import.meta.dirname, "exit-with.ts");
    const child = spawn("node", [start, file, "wait"], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    const [code] = (await once(child, "close")) as [number];
    expect(code).to.equal(143);
  });

  it("says how it is used", () => {
    const result = spawnSync("node", [start], { encoding: "utf8" });
    expect(result.status).to.equal(2);
    expect(result.stderr).to.contain("usage:");
  });
});
