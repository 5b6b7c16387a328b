import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join, relative } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { isUnderWay, PHASES, type Phase } from "../../release/phases.ts";
import { isMoving } from "../../release/release.ts";
import type { Config } from "../../protocol/config/config-schema.ts";
import type { JobsRecord, ReleaseTexts } from "../../protocol/state/marks.ts";
import type { Gate } from "../gate.ts";
import { isContractEdited } from "../config/migration-digests.ts";
import { isTooOld, JOBS_FORMAT, leastFormat, type FormatNeeds } from "../config/jobs-format.ts";

/** Where the image's content is gathered, relative to the project. */
const CONTEXTS = ".build/jobs-image";

const OUTDATED_MILLISECONDS = 24 * 3600 * 1000;

/** What the image is built from. */
export interface GatheredContext {
  /** Digest of all its files. */
  readonly content: string;
  /** Its folder, relative to the project. */
  readonly context: string;
}

/** The jobs image of a stage. */
export interface JobsImage {
  /** What is recorded about it. */
  readonly record: pulumi.Output<JobsRecord>;
  /** The format of settings that its programs read; undefined: the first, which has no number. */
  readonly format: number | undefined;
}

/**
 * The image of the Jobs. It is chosen when a release leaves `stable`, and every later stage and
 * every way back use the same one: it has the migrations of the release, and going back waits for
 * no build. Only `contract` chooses a new one, if contract.sql was edited since and no other file
 * of the migrations up to the release's was, so that SQL which PostgreSQL refused can be mended.
 * And `stable`, where no release is on its way, chooses a new one if config asks for something that
 * the recorded one cannot do.
 *
 * @param texts the migrations' files as they are now
 */
export async function jobsImage(
  config: Pick<Config, "jobs"> & FormatNeeds,
  gate: Pick<Gate, "completed" | "isUnchanged" | "entered">,
  phase: Phase,
  texts: ReleaseTexts,
): Promise<JobsImage> {
  const settled = await settledImage(config, gate, phase, texts);
  const format = settled ? settled.format : JOBS_FORMAT;
  return { format, record: await recordOf(config, gate, texts, settled, format) };
}

async function recordOf(
  { jobs: { image, repository, base } }: Pick<Config, "jobs">,
  { isUnchanged, entered }: Pick<Gate, "isUnchanged" | "entered">,
  texts: ReleaseTexts,
  settled: JobsRecord | null,
  format: number | undefined,
): Promise<pulumi.Output<JobsRecord>> {
  if (settled && !(isUnchanged && settled.builtFrom !== null)) {
    return pulumi.output({ ...settled, builtFrom: null });
  }
  const formatted = format === undefined ? {} : { format };
  if (!settled && image !== undefined) return pulumi.output({ image, builtFrom: null, ...formatted, texts });
  const { content, context } = await gatherContext(process.cwd());
  // The checkout has changed since this stage built its image: the stage keeps the image, and only
  // forgets what it was built from.
  if (settled && settled.builtFrom !== content) return pulumi.output(settled);
  const built = new docker.Image(
    "jobs",
    {
      imageName: `${repository}:${content}`,
      build: {
        context,
        dockerfile: `${context}/Dockerfile`,
        platform: "linux/amd64",
        args: { BASE: base },
      },
    },
    // The image of a release on its way stays in the registry until that release is over.
    { retainOnDelete: true, dependsOn: entered },
  );
  return built.repoDigest.apply((digest) => ({
    image: digest,
    builtFrom: content,
    ...formatted,
    texts: settled?.texts ?? texts,
  }));
}

/** The image that the release has already; null where this stage chooses one. */
async function settledImage(
  config: Pick<Config, "jobs"> & FormatNeeds,
  { completed }: Pick<Gate, "completed">,
  phase: Phase,
  texts: ReleaseTexts,
): Promise<JobsRecord | null> {
  if (!completed || (!isMoving(completed.release) && isUnderWay(phase))) return null;
  const { jobs } = config;
  const settled = completed.jobs;
  const staysStable = !isMoving(completed.release) && !isUnderWay(phase);
  if (staysStable && isTooOld(settled.format, leastFormat(config))) return null;
  const isBeforeDrop = PHASES[phase].drops && !PHASES[completed.release.phase].drops;
  const isEdited = isBeforeDrop && isContractEdited(settled.texts, texts);
  if (!isEdited) return settled;
  if (jobs.image !== settled.image) return null;
  await pulumi.log.warn(
    "contract.sql was edited, and the Job does not see it as jobs.image is the one that the release began with: " +
      "build an image with the edited file, and set jobs.image to it.",
  );
  return settled;
}

/** What packages written for CommonJS look for, imported under names that no bundled file uses. */
const COMMONJS_NAMES = [
  'import { createRequire as zdCreateRequire } from "node:module";',
  'import { fileURLToPath as zdFileURLToPath } from "node:url";',
  "const require = zdCreateRequire(import.meta.url);",
  "const __filename = zdFileURLToPath(import.meta.url);",
  'const __dirname = zdFileURLToPath(new URL(".", import.meta.url));',
].join("\n");

/**
 * Bundles the jobs and lays the migrations beside them.
 *
 * It is gathered in a temporary folder and then moved to one that is named after its content:
 * stacks of one checkout may be released at the same time, and the build of another may be reading.
 */
export async function gatherContext(project: string): Promise<GatheredContext> {
  mkdirSync(join(project, CONTEXTS), { recursive: true });
  const gathered = mkdtempSync(join(project, CONTEXTS, "unfinished-"));
  try {
    await gather(project, gathered);
    const content = digestOf(gathered);
    const context = join(CONTEXTS, content);
    putInPlace(gathered, join(project, context), content);
    removeOutdated(join(project, CONTEXTS), content);
    return { content, context };
  } finally {
    rmSync(gathered, { recursive: true, force: true });
  }
}

function putInPlace(gathered: string, folder: string, content: string): void {
  const isWhole = () => existsSync(folder) && digestOf(folder) === content;
  if (isWhole()) return;
  // Somebody has changed the files there.
  rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(gathered, folder);
  } catch (error) {
    // Another `up` has put the same there at this moment.
    if (!isWhole()) throw error;
  }
}

/** No build takes so long that it could still need an outdated folder. */
function removeOutdated(folder: string, content: string): void {
  const before = Date.now() - OUTDATED_MILLISECONDS;
  for (const name of readdirSync(folder).filter((name) => name !== content)) {
    const path = join(folder, name);
    const { mtimeMs = before } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs < before) rmSync(path, { recursive: true, force: true });
  }
}

async function gather(project: string, folder: string): Promise<void> {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(project, "jobs/main.ts")],
    outfile: join(folder, "main.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    logLevel: "silent",
    banner: { js: COMMONJS_NAMES },
    external: ["pg-native"],
  });
  cpSync(join(project, "jobs/Dockerfile"), join(folder, "Dockerfile"));
  cpSync(join(project, "migrations"), join(folder, "migrations"), { recursive: true });
  cpSync(join(project, "node_modules/libpg-query/wasm/libpg-query.wasm"), join(folder, "libpg-query.wasm"));
}

function digestOf(folder: string): string {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const path of files.map((file) => join(file.parentPath, file.name)).sort()) {
    hash.update(relative(folder, path)).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}
