import * as fs from "node:fs";
import * as path from "node:path";
import { command } from "./command.ts";
import type { Folders } from "./folders.ts";
import { folderOf, type GoBinaries } from "./need.ts";

const LIMIT_MILLISECONDS = 40 * 60_000;

/** Builds the programs of a Go module into the cache; a half-finished build leaves nothing that looks finished. */
export async function buildGoBinaries(folders: Folders, need: GoBinaries): Promise<void> {
  const target = folderOf(folders, need);
  const partial = `${target}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  const source = path.join(partial, "source");
  fs.mkdirSync(source, { recursive: true });
  const env = { CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false", GOWORK: "off" };
  const options = { cwd: source, env, limitMilliseconds: LIMIT_MILLISECONDS };
  const purpose = (verb: string) => ({ ...options, purpose: `${verb} ${need.module} v${need.version}` });

  const module = await downloadModule(need, purpose("download"));
  fs.writeFileSync(path.join(source, "go.mod"), goMod(need, fs.readFileSync(module.goMod, "utf8")));
  const packages = need.packages.map((name) => path.posix.join(need.module, name));
  await command(
    "nice",
    ["-n", "10", "go", "get", ...packages.map((name) => `${name}@v${need.version}`)],
    purpose("resolve"),
  );
  await command(
    "nice",
    ["-n", "10", "go", "build", "-trimpath", "-ldflags", linkerFlags(need), "-o", `${partial}/`, ...packages],
    purpose("build"),
  );
  for (const file of need.files ?? []) {
    fs.copyFileSync(path.join(module.folder, file), path.join(partial, path.basename(file)));
    fs.chmodSync(path.join(partial, path.basename(file)), 0o644);
  }
  fs.rmSync(source, { recursive: true });
  fs.renameSync(partial, target);
}

async function downloadModule(
  need: GoBinaries,
  options: { env: Readonly<Record<string, string>>; limitMilliseconds: number; purpose: string },
): Promise<{ folder: string; goMod: string }> {
  const answer = await command(
    "go",
    ["mod", "download", "-json", `${need.module}@v${need.version}`],
    options,
  );
  const parsed = JSON.parse(answer) as { Dir: string; GoMod: string };
  return { folder: parsed.Dir, goMod: parsed.GoMod };
}

/** A module of our own that requires the wanted one: `replace` lines count only in the main module. */
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
