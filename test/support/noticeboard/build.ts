import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundle } from "../../../example/build.ts";

/** Bundles the noticeboard into a folder that is a complete build context. @returns the folder */
export async function buildNoticeboard(): Promise<string> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const folder = here("../../../.build/noticeboard");
  await bundle(here("main.ts"), `${folder}/noticeboard.mjs`);
  await copyFile(here("Dockerfile"), `${folder}/Dockerfile`);
  return folder;
}
