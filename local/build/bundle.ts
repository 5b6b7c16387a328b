import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { build } from "esbuild";
import { checkout } from "../folders.ts";
import type { Context } from "../component.ts";
import { readIfThere } from "../machine/process-identity.ts";
import { node, programIn } from "./toolchain.ts";

/** A TypeScript program that becomes one executable file, independent of the checkout. */
export interface Bundle {
  readonly entry: string;
  /** Files and folders; the bundle is made again when one of them changes. */
  readonly sources: readonly string[];
  readonly executable: string;
}

/** Whether the executable is there and made of the present sources. */
export function isBundled(context: Context, bundle: Bundle): boolean {
  return (
    fs.existsSync(bundle.executable) &&
    readIfThere(`${bundle.executable}.sources`) === fingerprint(context, bundle)
  );
}

/** Bundles a program with all it imports, and puts a starter on the pinned Node in front of it. */
export async function makeBundle(context: Context, bundle: Bundle): Promise<void> {
  const folder = path.dirname(bundle.executable);
  fs.mkdirSync(folder, { recursive: true });
  const code = `${bundle.executable}.mjs`;
  await build({
    entryPoints: [bundle.entry],
    outfile: `${code}.new`,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    // Bundled CommonJS packages ask for Node's modules in their own way.
    banner: {
      js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
    },
    logLevel: "error",
    absWorkingDir: checkout,
  });
  const starter = `#!/bin/sh\nexec ${quoted(programIn(context.folders, node))} --enable-source-maps ${quoted(code)} "$@"\n`;
  fs.writeFileSync(`${bundle.executable}.new`, starter, { mode: 0o755 });
  // Renamed, not overwritten: a running engine may be about to start the old one.
  fs.renameSync(`${code}.new`, code);
  fs.renameSync(`${bundle.executable}.new`, bundle.executable);
  fs.writeFileSync(`${bundle.executable}.sources`, fingerprint(context, bundle));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fingerprint(context: Context, bundle: Bundle): string {
  const hash = createHash("sha256").update(programIn(context.folders, node)).update("format 2");
  for (const file of [...bundle.sources.flatMap(filesIn), path.join(checkout, "package-lock.json")]) {
    hash.update(path.relative(checkout, file)).update(fs.readFileSync(file));
  }
  return hash.digest("hex");
}

function filesIn(place: string): string[] {
  if (!fs.existsSync(place)) return [];
  if (!fs.statSync(place).isDirectory()) return [place];
  return fs
    .readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
