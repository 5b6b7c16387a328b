import { copyFile, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The versions of the address book that can be built. */
export type ExampleVersion = "v1" | "v2";

/**
 * Bundles one version of the address book into a folder that is a complete build context
 * (Dockerfile, main.mjs).
 * @returns the folder, below `.build/` of the checkout; the next call writes the same folder again.
 */
export async function buildContext(version: ExampleVersion): Promise<string> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const folder = here(`../.build/example-${version}`);
  await bundle(here(`${version}/main.ts`), `${folder}/main.mjs`);
  await copyFile(here("Dockerfile"), `${folder}/Dockerfile`);
  return folder;
}

/**
 * Bundles a server into one file that Node runs without anything beside it, also as a program of
 * its own where a node lies in /usr/local/bin.
 */
export async function bundle(entryPoint: string, outfile: string): Promise<void> {
  await mkdir(dirname(outfile), { recursive: true });
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    outfile,
    write: false,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // An optional native driver of pg, and what pg uses on Cloudflare only.
    external: ["pg-native", "cloudflare:sockets"],
    banner: {
      js: [
        "#!/usr/local/bin/node",
        // What the bundled CommonJS packages require at run time.
        'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      ].join("\n"),
    },
    logLevel: "warning",
  });
  // Renamed into place: another build may be reading the folder.
  for (const { path, contents } of outputFiles) {
    const unfinished = `${path}.${process.pid}`;
    await writeFile(unfinished, contents, { mode: 0o755 });
    await rename(unfinished, path);
  }
}
