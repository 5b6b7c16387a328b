import { readManifests } from "../../../manifests/read/read-manifests.ts";
import type { DeployFolder } from "../../support/manifests/deploy-folder.ts";
import { CONTAINER } from "../../support/manifests/noticeboard.ts";
import type { Target } from "../../support/target.ts";
import { asYaml, furtherObjects, usedByPods } from "./further-objects.ts";

/** The application, as its manifests name it. */
export const NOTICEBOARD = "noticeboard";

/**
 * Lays out the noticeboard with further objects, up to so many in all.
 *
 * @returns what gives all of their texts another edition, as a new version might
 * @throws {RangeError} where the noticeboard alone has more
 */
export async function growFolder(
  folder: DeployFolder,
  objects: number,
  target: Pick<Target, "registry" | "nodeImage" | "gateway">,
): Promise<(edition: number) => void> {
  folder.layOut(["noticeboard"], target, "noticeboard.test");
  // The program makes one for each colour where there is none.
  folder.remove("budget.yaml");
  const own = (await readManifests(folder.path, { project: process.cwd() })).objects.length;
  if (objects < own)
    throw new RangeError(`Cannot lay out ${objects} objects as the noticeboard alone has ${own}`);
  const { volumes, volumeMounts, envFrom } = usedByPods(furtherObjects(objects - own));
  const deployment = `Deployment/${NOTICEBOARD}`;
  folder.append(deployment, ["spec", "template", "spec", "volumes"], volumes);
  folder.append(deployment, [...CONTAINER, "volumeMounts"], volumeMounts);
  folder.append(deployment, [...CONTAINER, "envFrom"], envFrom);
  const write = (edition: number) => {
    folder.edit(`ConfigMap/${NOTICEBOARD}-texts`, ["data", "notice"], `Edition ${edition}`);
    folder.write("further.yaml", asYaml(furtherObjects(objects - own, edition)));
  };
  write(1);
  return write;
}
