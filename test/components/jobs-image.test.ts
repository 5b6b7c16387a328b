import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { gatherContext } from "../../components/jobs-image.ts";

describe("The content of the jobs image", () => {
  const project = mkdtempSync(join(tmpdir(), "zero-downtime-jobs-image-"));

  before(() => {
    for (const part of ["jobs", "schema", "release", "migrations", "node_modules", "package.json"])
      symlinkSync(resolve(part), join(project, part));
  });

  after(() => rmSync(project, { recursive: true }));

  it("is gathered whole by stacks of one checkout that are released at the same time, and left once", async () => {
    const gathered = await Promise.all([1, 2, 3].map(() => gatherContext(project)));
    const [first] = gathered;
    for (const one of gathered) expect(one).to.deep.equal(first);
    const folder = join(project, first?.context ?? "");
    expect(readdirSync(folder).sort()).to.deep.equal([
      "Dockerfile",
      "libpg-query.wasm",
      "main.mjs",
      "migrations",
    ]);
    expect(readdirSync(join(folder, ".."))).to.deep.equal([first?.content]);
    expect(existsSync(join(folder, "migrations/0001-create-address/migration.yaml"))).to.equal(true);
  });

  it("is gathered anew where somebody has changed it, and leaves nothing from days ago", async () => {
    const { context } = await gatherContext(project);
    const folder = join(project, context);
    rmSync(join(folder, "main.mjs"));
    const outdated = join(folder, "../outdated");
    mkdirSync(outdated);
    utimesSync(outdated, 0, 0);
    expect((await gatherContext(project)).context).to.equal(context);
    expect(existsSync(join(folder, "main.mjs"))).to.equal(true);
    expect(existsSync(outdated)).to.equal(false);
  });
});
