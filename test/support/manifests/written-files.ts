import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describeFinding } from "../../../manifests/kube-object.ts";
import { readManifests, type ReadManifests } from "../../../manifests/read/read-manifests.ts";

/** Files of a project: their contents by their names. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Does something in a project that has these files, and removes it. */
export async function withFiles<Result>(
  files: Files,
  use: (project: string) => Promise<Result>,
): Promise<Result> {
  const project = await mkdtemp(join(tmpdir(), "zero-downtime-manifests-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(project, name)), { recursive: true });
      await writeFile(join(project, name), content);
    }
    return await use(project);
  } finally {
    await rm(project, { recursive: true });
  }
}

/** What is read from files; `deploy` where no other path is given. */
export const readFiles = (files: Files, path = "deploy"): Promise<ReadManifests> =>
  withFiles(files, (project) => readManifests(path, { project }));

/** Why files are refused, a line each. */
export const refusalsOf = async (files: Files, path?: string): Promise<string[]> =>
  (await readFiles(files, path)).refusals.map(describeFinding);

/** The same of one file, `deploy/app.yaml`. */
export const refusalsOfYaml = (text: string): Promise<string[]> => refusalsOf({ "deploy/app.yaml": text });
