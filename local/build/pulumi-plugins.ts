import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { isBundled, makeBundle, type Bundle } from "./bundle.ts";
import { checkout } from "../folders.ts";
import { findProgram } from "./install.ts";
import type { Context } from "../component.ts";
import { readIfThere } from "../machine/process-identity.ts";
import { programIn, pulumi } from "./toolchain.ts";
import { installedVersion } from "./versions.ts";

/** Which of the two serves a provider. */
export type PluginOrigin = "official" | "stand-in";

export const pluginNames = ["kubernetes", "postgresql", "docker"] as const;
export type PluginName = (typeof pluginNames)[number];

/** For all three plugins together; where downloads are not possible this is time lost. */
const DOWNLOAD_LIMIT_MILLISECONDS = 60_000;
const REFUSAL_COUNTS_MILLISECONDS = 24 * 3_600_000;

/** The file in the cache that remembers when the official plugins were last not to be had. */
export const refusalRecord = "plugin-download-refused";

/** Pulumi's folder for plugins, of this environment only. */
export function pulumiHome(context: Context): string {
  return path.join(context.folders.cache, "pulumi-home");
}

/**
 * Official plugins where they are to be had, else the stand-ins of `local/plugins/`; says which.
 */
export async function installPlugins(context: Context): Promise<void> {
  adoptPlugins(context);
  const open = pluginNames.filter((name) => origin(context, name) !== "official");
  if (open.length > 0 && !refusedLately(context)) await download(context, open);
  for (const name of pluginNames.filter((each) => origin(context, each) !== "official")) {
    const bundle = standIn(context, name);
    if (!fs.existsSync(bundle.entry)) {
      context.report.say(
        `  no plugin for ${name}: neither the official one nor a stand-in (${bundle.entry}) is there`,
      );
    } else if (!isBundled(context, bundle)) {
      await makeBundle(context, bundle);
    }
  }
}

export async function pluginsProblem(context: Context): Promise<string | undefined> {
  const stale = pluginNames
    .filter((name) => origin(context, name) !== "official")
    .map((name) => standIn(context, name))
    .filter((bundle) => fs.existsSync(bundle.entry) && !isBundled(context, bundle));
  return stale.length === 0
    ? undefined
    : `to be made: ${stale.map((bundle) => bundle.executable).join(", ")}`;
}

/** Which plugin serves each provider; `undefined` where there is none. */
export function pluginOrigins(context: Context): Record<PluginName, PluginOrigin | undefined> {
  return {
    kubernetes: origin(context, "kubernetes"),
    postgresql: origin(context, "postgresql"),
    docker: origin(context, "docker"),
  };
}

/** The engine looks on PATH first, then in its home. */
function origin(context: Context, name: PluginName): PluginOrigin | undefined {
  if (findProgram(`pulumi-resource-${name}`) !== undefined) return "official";
  const { executable } = standIn(context, name);
  if (!fs.existsSync(executable)) return undefined;
  return fs.existsSync(`${executable}.sources`) ? "stand-in" : "official";
}

/** A link to the user's folder is one that an older version of this file has made. */
const isToAdopt = (context: Context, name: PluginName): boolean =>
  origin(context, name) !== "official" ||
  fs.lstatSync(folderOf(context, name), { throwIfNoEntry: false })?.isSymbolicLink() === true;

/**
 * Takes the official plugins that the user has in a Pulumi home of their own into the one of this
 * environment.
 *
 * @param home the user's Pulumi home
 */
export function adoptPlugins(
  context: Context,
  home = process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi"),
): void {
  for (const name of pluginNames) if (isToAdopt(context, name)) adopt(context, name, home);
}

/**
 * The engine passes over a folder that is a link: it is a real one, with links to what theirs
 * holds.
 */
function adopt(context: Context, name: PluginName, home: string): void {
  const target = folderOf(context, name);
  const theirs = path.join(home, "plugins", path.basename(target));
  const isOfficial = !fs.existsSync(path.join(theirs, `pulumi-resource-${name}.sources`));
  if (theirs === target || !isOfficial || !fs.existsSync(path.join(theirs, `pulumi-resource-${name}`)))
    return;
  fs.rmSync(target, { recursive: true, force: true });
  fs.mkdirSync(target, { recursive: true });
  for (const entry of fs.readdirSync(theirs))
    fs.symlinkSync(path.join(theirs, entry), path.join(target, entry));
}

const folderOf = (context: Context, name: PluginName): string =>
  path.dirname(standIn(context, name).executable);

function standIn(context: Context, name: PluginName): Bundle {
  const source = path.join(import.meta.dirname, "..", "plugins");
  const folder = path.join(pulumiHome(context), "plugins", `resource-${name}-v${version(name)}`);
  return {
    entry: path.join(source, name, "main.ts"),
    sources: [source],
    executable: path.join(folder, `pulumi-resource-${name}`),
  };
}

function version(name: PluginName): string {
  const found = installedVersion(`@pulumi/${name}`);
  if (found === undefined)
    throw new Error(
      `Cannot tell the version of the ${name} plugin as @pulumi/${name} is not installed in ${checkout}. Type: npm ci`,
    );
  return found;
}

function refusalFile(context: Context): string {
  return path.join(context.folders.cache, refusalRecord);
}

function refusedLately(context: Context): boolean {
  const since = Date.now() - Date.parse(readIfThere(refusalFile(context)) ?? "");
  return since >= 0 && since < REFUSAL_COUNTS_MILLISECONDS;
}

async function download(context: Context, names: readonly PluginName[]): Promise<void> {
  const cli = programIn(context.folders, pulumi);
  const deadline = Date.now() + DOWNLOAD_LIMIT_MILLISECONDS;
  await context.report.step(`Asking for the official Pulumi plugins (${names.join(", ")})`, async () => {
    for (const name of names) {
      const target = folderOf(context, name);
      const spare = `${target}.stand-in`;
      // The CLI takes a folder of that name for the plugin itself: a stand-in has to step aside
      // while it asks.
      if (fs.existsSync(target)) fs.renameSync(target, spare);
      const result = await execa(cli, ["plugin", "install", "resource", name, version(name)], {
        env: { PULUMI_HOME: pulumiHome(context), PULUMI_SKIP_UPDATE_CHECK: "true" },
        reject: false,
        stdio: "ignore",
        timeout: Math.max(1, deadline - Date.now()),
      });
      if (!result.failed) {
        fs.rmSync(spare, { recursive: true, force: true });
        continue;
      }
      fs.rmSync(target, { recursive: true, force: true });
      if (fs.existsSync(spare)) fs.renameSync(spare, target);
      // One refusal stands for all: they come from the same host.
      fs.writeFileSync(refusalFile(context), new Date().toISOString());
      return;
    }
  });
}
