import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Folders in which teams keep what they apply. */
const FOLDERS = ["deploy", "k8s", "manifests"];

const DEPLOYMENT = /^\s*(?:- )?"?kind"?:\s*["']?Deployment["']?\s*,?\s*$/m;

/** A folder of the project that holds a Deployment; null where there is none. */
export async function folderWithDeployment(project: string): Promise<string | null> {
  for (const folder of FOLDERS) {
    const entries = await readdir(join(project, folder), { withFileTypes: true }).catch(noFolder);
    const files = entries.filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name));
    for (const { name } of files)
      if (DEPLOYMENT.test(await readFile(join(project, folder, name), "utf8"))) return `${folder}/`;
  }
  return null;
}

function noFolder(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
  throw error;
}
