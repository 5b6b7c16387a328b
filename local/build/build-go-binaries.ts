import * as fs from "node:fs";
import * as path from "node:path";
import { command, type CommandOptions } from "../machine/command.ts";
import type { Folders } from "../folders.ts";
import { folderOf, type GoBinaries } from "./dependency.ts";

const LIMIT_MILLISECONDS = 40 * 60_000;

/** The sources of a build, resolved and downloaded. */
export interface GoSources {
  readonly need: GoBinaries;
  readonly partial: string;
  readonly moduleFolder: string;
}

/**
 * Resolves and downloads what a build needs: work for the network, while another build keeps the
 * processors busy.
 */
export async function fetchGoSources(folders: Folders, need: GoBinaries): Promise<GoSources> {
  const partial = `${folderOf(folders, need)}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(sourceFolder(partial), { recursive: true });
  const module = await downloadModule(need, goOptions(need, partial, "download"));
  fs.writeFileSync(
    path.join(sourceFolder(partial), "go.mod"),
    goMod(need, fs.readFileSync(module.goMod, "utf8")),
  );
  if (need.main !== undefined) fs.writeFileSync(path.join(sourceFolder(partial), "main.go"), need.main);
  const wanted = packagesOf(need).map((name) => `${name}@v${need.version}`);
  await command("nice", ["-n", "10", "go", "get", ...wanted], goOptions(need, partial, "resolve"));
  return { need, partial, moduleFolder: module.folder };
}

/**
 * Builds the programs of a Go module into the cache; a half-finished build leaves nothing that
 * looks finished.
 */
export async function buildGoBinaries(folders: Folders, sources: GoSources): Promise<void> {
  const { need, partial, moduleFolder } = sources;
  await command(
    "nice",
    [
      "-n",
      "10",
      "go",
      "build",
      "-trimpath",
      "-ldflags",
      linkerFlags(need),
      "-o",
      ...programsOf(need, partial),
    ],
    goOptions(need, partial, "build"),
  );
  for (const file of need.files ?? []) {
    fs.copyFileSync(path.join(moduleFolder, file), path.join(partial, path.basename(file)));
    fs.chmodSync(path.join(partial, path.basename(file)), 0o644);
  }
  fs.rmSync(sourceFolder(partial), { recursive: true });
  fs.renameSync(partial, folderOf(folders, need));
}

function packagesOf(need: GoBinaries): string[] {
  return need.packages.map((name) => path.posix.join(need.module, name));
}

/** Where the programs go, and the packages that they are built from. */
function programsOf(need: GoBinaries, partial: string): string[] {
  return need.main === undefined
    ? [`${partial}/`, ...packagesOf(need)]
    : [path.join(partial, need.name), "."];
}

function sourceFolder(partial: string): string {
  return path.join(partial, "source");
}

function goOptions(need: GoBinaries, partial: string, verb: string): CommandOptions {
  return {
    cwd: sourceFolder(partial),
    env: { CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false", GOWORK: "off" },
    limitMilliseconds: LIMIT_MILLISECONDS,
    purpose: `${verb} ${need.module} v${need.version}`,
  };
}

async function downloadModule(
  need: GoBinaries,
  options: CommandOptions,
): Promise<{ folder: string; goMod: string }> {
  const answer = await command(
    "go",
    ["mod", "download", "-json", `${need.module}@v${need.version}`],
    options,
  );
  const parsed = JSON.parse(answer) as { Dir: string; GoMod: string };
  return { folder: parsed.Dir, goMod: parsed.GoMod };
}

/**
 * A module of our own that requires the wanted one: `replace` lines count only in the main module.
 */
export function goMod(need: GoBinaries, moduleFile: string): string {
  const staging = [...moduleFile.matchAll(/(\S+) => \.\/staging\//g)].map((match) => match[1] ?? "");
  const stagingLines =
    need.stagingVersion === undefined
      ? []
      : [...new Set(staging)].map((name) => `replace ${name} => ${name} v${need.stagingVersion}`);
  const language = /^go (\S+)$/m.exec(moduleFile)?.[1] ?? "1.24";
  return [
    "module local",
    `go ${language}`,
    `require ${need.module} v${need.version}`,
    ...stagingLines,
    ...(need.replacements ?? []).map((line) => `replace ${line}`),
    "",
  ].join("\n");
}

/** Without symbol tables, and with the version where the program looks for it. */
export function linkerFlags(need: GoBinaries): string {
  const stamps = Object.entries(need.stamps ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return ["-s", "-w", ...stamps].join(" ");
}
