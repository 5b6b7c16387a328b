import * as path from "node:path";
import { isBundled, makeBundle, type Bundle } from "../build/bundle.ts";
import type { Context } from "../component.ts";
import { programIn, pulumi } from "../build/toolchain.ts";

/** Puts the language host beside the CLI, where it counts as one of the CLI's own. */
export async function installLanguageHost(context: Context): Promise<void> {
  if (!isBundled(context, bundle(context))) await makeBundle(context, bundle(context));
}

export async function languageHostProblem(context: Context): Promise<string | undefined> {
  return isBundled(context, bundle(context))
    ? undefined
    : "the language host is missing or older than its source";
}

function bundle(context: Context): Bundle {
  return {
    entry: path.join(import.meta.dirname, "main.ts"),
    sources: [import.meta.dirname],
    executable: programIn(context.folders, pulumi, "pulumi-language-nodejs"),
  };
}
