import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { parse } from "yaml";
import { actionlint, installActionlint } from "../support/actionlint.ts";

const WORKFLOWS = globSync(".github/workflows/*.yml").sort();
const GITLAB = "ci/gitlab-ci.yml";

interface Job {
  readonly permissions?: unknown;
  readonly environment?: unknown;
  readonly resource_group?: string;
  readonly if?: string;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}
interface Workflow {
  readonly permissions: unknown;
  readonly concurrency: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly jobs: Record<string, Job>;
}

const workflow = (name: string) => parse(readFileSync(`.github/workflows/${name}.yml`, "utf8")) as Workflow;
const gitLab = () => parse(readFileSync(GITLAB, "utf8")) as Record<string, Record<string, unknown>>;

/**
 * gitlab-ci-local wants a checkout with a remote; it is given one of its own, with the pipeline
 * alone in it.
 */
async function gitLabProblem(text: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "zero-downtime-gitlab-"));
  try {
    await execa("git", ["init", "-q"], { cwd: folder });
    await execa("git", ["remote", "add", "origin", "git@gitlab.example.com:team/shop.git"], { cwd: folder });
    cpSync("migrations", join(folder, "migrations"), { recursive: true });
    writeFileSync(join(folder, "pipeline.yml"), text);
    const linter = resolve("node_modules/gitlab-ci-local/dist/index.js");
    const { exitCode, stderr, stdout } = await execa(
      process.execPath,
      [linter, "--file", "pipeline.yml", "--list-all"],
      { cwd: folder, reject: false, timeout: 60_000 },
    );
    return exitCode === 0 ? "" : `${stdout}\n${stderr}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("The workflows for GitHub", function () {
  this.timeout(300_000);
  before(() => installActionlint());

  it("have nothing that actionlint complains about", async () => {
    expect(WORKFLOWS).to.have.length(2);
    expect(await actionlint(WORKFLOWS)).to.equal("");
  });

  it("are judged by a linter that finds what is wrong", async () => {
    const folder = mkdtempSync(join(tmpdir(), "zero-downtime-workflow-"));
    try {
      const broken = readFileSync(".github/workflows/preview.yml", "utf8").replace("runs-on:", "run-on:");
      writeFileSync(join(folder, "broken.yml"), broken);
      expect(await actionlint([join(folder, "broken.yml")])).to.match(/"run-on"/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("use foreign actions by commit only, and name the version beside it", () => {
    for (const file of WORKFLOWS) {
      const uses = readFileSync(file, "utf8").match(/uses: .*/g) ?? [];
      expect(uses.length).to.be.greaterThan(2);
      for (const line of uses) expect(line).to.match(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it("have no rights but the ones that a job names", () => {
    for (const name of ["preview", "release"]) expect(workflow(name).permissions).to.deep.equal({});
    expect(workflow("preview").jobs["preview"]?.permissions).to.deep.equal({
      contents: "read",
      "pull-requests": "write",
    });
    expect(workflow("release").jobs["up"]?.permissions).to.deep.equal({ contents: "read" });
  });

  it("run an up from the protected branch only, behind an environment's approval, and never two at once", () => {
    const { concurrency, jobs } = workflow("release");
    expect(Object.keys(jobs)).to.deep.equal(["up"]);
    expect(jobs["up"]?.if).to.equal("github.ref == 'refs/heads/main' && github.ref_protected");
    expect(jobs["up"]?.environment).to.equal("production");
    expect(concurrency).to.deep.equal({ group: "release-production", "cancel-in-progress": false });
    const ups = jobs["up"]?.steps.filter(({ run }) => run?.includes("pulumi up")) ?? [];
    expect(ups).to.have.length(1);
    expect(JSON.stringify(workflow("preview"))).to.not.include("pulumi up");
  });

  it("put no secret and no text of a stranger into a script by substitution", () => {
    for (const name of ["preview", "release"]) {
      const runs = Object.values(workflow(name).jobs).flatMap(({ steps }) =>
        steps.map(({ run }) => run ?? ""),
      );
      for (const run of runs) expect(run).to.not.include("${{");
    }
  });
});

describe("The pipeline for GitLab", function () {
  this.timeout(120_000);

  it("is what GitLab's published schema allows", async () => {
    expect(await gitLabProblem(readFileSync(GITLAB, "utf8"))).to.equal("");
  });

  it("is judged by a linter that finds what is wrong", async () => {
    const broken = readFileSync(GITLAB, "utf8").replace("when: manual", "when: sometimes");
    expect(await gitLabProblem(broken)).to.match(/sometimes|when/);
  });

  it("runs an up by hand from the protected branch only, in its environment, and never two at once", () => {
    const { up, preview } = gitLab();
    expect(up?.["resource_group"]).to.equal("production");
    expect(up?.["environment"]).to.deep.equal({ name: "production" });
    for (const rule of up?.["rules"] as { if: string; when: string }[]) {
      expect(rule.when).to.equal("manual");
      expect(rule.if).to.include(
        '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_COMMIT_REF_PROTECTED == "true"',
      );
    }
    expect(JSON.stringify(preview)).to.not.include("pulumi up");
  });
});

describe("Both pipelines", () => {
  it("install the Pulumi CLI that belongs to the program's SDK, and look at every folder of the program", () => {
    const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const file of [...WORKFLOWS, GITLAB]) {
      const text = readFileSync(file, "utf8");
      expect(text).to.include(dependencies["@pulumi/pulumi"] ?? "unknown");
      for (const folder of ["components", "jobs", "migrations", "protocol", "release", "schema"])
        expect(text).to.include(`- ${folder}/**`);
    }
  });
});
