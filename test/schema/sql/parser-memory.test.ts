import { spawnSync } from "node:child_process";
import { expect } from "chai";

// Peak memory of a process of its own, some time after it has parsed a good deal.
const PROGRAM = `
  import { readFileSync } from "node:fs";
  import { setTimeout as sleep } from "node:timers/promises";
  import { readMigrations } from "./schema/migration/read-migrations.ts";
  for (let count = 0; count < 10; count++) await readMigrations("migrations");
  await sleep(2000);
  console.log(/VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);`;

describe("PostgreSQL's parser", () => {
  it("leaves a Job within 200 MiB, also when it is used again and again", function () {
    if (process.platform !== "linux") this.skip();
    const child = spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", PROGRAM], {
      encoding: "utf8",
    });
    expect(child.status, child.stderr).to.equal(0);
    expect(Number(child.stdout) / 1024).to.be.within(20, 200);
  });
});
