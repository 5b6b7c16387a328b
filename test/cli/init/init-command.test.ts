import { existsSync } from "node:fs";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { GOOD, IMAGE, writeFiles } from "../deploy-folder.ts";
import { pulumiStandIn } from "../pulumi-stand-in.ts";

describe("zd init, as it is typed", function () {
  this.timeout(60_000);
  let project: string;

  beforeEach(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), "zero-downtime-init-")));
    await writeFile(join(project, "Pulumi.yaml"), "name: zero-downtime\nruntime: nodejs\n");
  });

  afterEach(() => rm(project, { recursive: true, force: true }));

  async function types(...words: readonly string[]) {
    const { exitCode, all } = await execa(process.execPath, [resolve("cli/main.ts"), "init", ...words], {
      cwd: project,
      env: { PATH: await pulumiStandIn(join(project, "bin"), {}), NO_COLOR: "1" },
      all: true,
      reject: false,
    });
    return { exitCode, text: all };
  }

  it("says of each object what becomes of it, and what is to be done next", async () => {
    await writeFiles(project, GOOD);
    const { exitCode, text } = await types("-y", "--stack", "live", "--manifests", "deploy/");
    expect(exitCode, text).to.equal(0);
    expect(text).to.match(/^In the cluster, the objects of deploy\/ become:\n/);
    expect(text).to.match(/Deployment\/shop +one for each colour: shop-blue and shop-green\n/);
    expect(text).to.match(/Service\/shop +follows the version that serves/);
    expect(text).to.match(/ConfigMap\/settings +one for each version/);
    expect(text).to.match(/Wrote .*Pulumi\.live\.yaml\.\nCommit it\. Next: zd plan .*zd next installs/);
    expect(text).to.not.include("xx-mail");
    expect(await readFile(join(project, "Pulumi.live.yaml"), "utf8")).to.include("manifests: deploy/");
  });

  it("writes nothing where the files cannot be released", async () => {
    await writeFiles(project, { ...GOOD, "deploy/settings.yaml": "kind: ConfigMap\nkind: Secret\n" });
    const { exitCode, text } = await types("-y", "--stack", "live", "--manifests", "deploy/");
    expect(exitCode, text).to.equal(3);
    expect(text).to.match(
      /Cannot release deploy\/ as it is, for \d reasons?:\n {2}deploy\/settings\.yaml:\d: /,
    );
    expect(existsSync(join(project, "Pulumi.live.yaml"))).to.equal(false);
  });

  it("tells who names no manifests that there are some", async () => {
    await writeFiles(project, GOOD);
    const { text } = await types("-y", "--stack", "live", "--app", "shop", "--image", IMAGE);
    expect(text).to.match(
      /^deploy\/ holds a Deployment: zd init --manifests deploy\/ releases it as it is\.\n/,
    );
  });
});
