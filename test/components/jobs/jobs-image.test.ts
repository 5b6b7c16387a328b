import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { Completed, JobsRecord, ReleaseTexts } from "../../../protocol/state/marks.ts";
import { gatherContext, jobsImage } from "../../../components/jobs/jobs-image.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import type { Phase } from "../../../release/phases.ts";
import { JOBS_FORMAT } from "../../../components/config/jobs-format.ts";

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

describe("The record of the jobs image", () => {
  const image = "registry/jobs@sha256:2";
  const texts: ReleaseTexts = { contracts: "contract", others: "others" };

  /** What is recorded when `phase` is entered from `completed`. */
  async function recorded(
    completed: { phase: Phase; jobs: JobsRecord } | null,
    phase: Phase,
    now: ReleaseTexts = texts,
    asked: object = {},
  ) {
    const gate = {
      completed: completed && ({ jobs: completed.jobs, release: { phase: completed.phase } } as Completed),
      isUnchanged: false,
      entered: undefined as unknown as pulumi.Resource,
    };
    const jobs = { image, repository: "registry/jobs", base: "node" };
    const app = configSchema.shape.app.parse({ name: "shop", ...asked });
    const { record } = await jobsImage({ jobs, app, manifests: "", database: undefined }, gate, phase, now);
    return new Promise<JobsRecord>((resolve) => {
      record.apply(resolve);
    });
  }

  it("has the program's own format where the image is settled, and keeps what an earlier stage recorded", async () => {
    const before = { image: "registry/jobs@sha256:1", builtFrom: null };
    const settledNow = { image, builtFrom: null, format: JOBS_FORMAT, texts };
    expect(await recorded(null, "stable")).to.deep.equal(settledNow);
    expect(await recorded({ phase: "stable", jobs: before }, "expand")).to.deep.equal(settledNow);
    expect(await recorded({ phase: "expand", jobs: before }, "backfill")).to.deep.equal(before);
    const known = { ...before, builtFrom: "1", format: 2 };
    expect(await recorded({ phase: "contract", jobs: known }, "stable")).to.deep.equal({
      ...known,
      builtFrom: null,
    });
  });

  it("is made anew in stable where config asks for what the recorded image cannot do, and in no other stage", async () => {
    const asked = { identity: "endpoints" };
    const old = { image: "registry/jobs@sha256:1", builtFrom: null, format: 3 };
    const taken = { image, builtFrom: null, format: JOBS_FORMAT, texts };
    expect(await recorded({ phase: "stable", jobs: old }, "stable", texts, asked)).to.deep.equal(taken);
    expect(await recorded({ phase: "stable", jobs: old }, "stable")).to.deep.equal(old);
    expect(await recorded({ phase: "contract", jobs: old }, "stable", texts, asked)).to.deep.equal(old);
    const known = { ...old, format: JOBS_FORMAT };
    expect(await recorded({ phase: "stable", jobs: known }, "stable", texts, asked)).to.deep.equal(known);
  });

  it("is made anew in contract where only contract.sql was edited since the release began, so that the edit is taken", async () => {
    const jobs: JobsRecord = { image: "registry/jobs@sha256:1", builtFrom: null, format: 2, texts };
    const edited = { ...texts, contracts: "mended" };
    const taken = { image, builtFrom: null, format: JOBS_FORMAT, texts: edited };
    expect(await recorded({ phase: "retire", jobs }, "contract", edited)).to.deep.equal(taken);
    expect(await recorded({ phase: "roll", jobs }, "contract", edited)).to.deep.equal(taken);
    for (const [phase, next, now] of [
      ["retire", "contract", texts],
      ["retire", "contract", { contracts: "mended", others: "edited" }],
      ["retire", "deploy", edited],
      ["contract", "contract", edited],
      ["contract", "stable", edited],
    ] as const)
      expect(await recorded({ phase, jobs }, next, now), `${phase} to ${next}`).to.deep.equal(jobs);
  });
});
