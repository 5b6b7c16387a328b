import { isJsonObject } from "../../../release/release.ts";
import { isKind } from "../../built-in-kinds.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../../kube-object.ts";
import { objectsIn } from "../../prepare/pods/containers.ts";
import { sorted, told, type Sorted } from "../told.ts";
import { templateOf } from "./serving.ts";

const VOLUMES = ["spec", "template", "spec", "volumes"];

/** Disks that one node has at a time. */
const DISKS = [
  ...[
    "awsElasticBlockStore",
    "azureDisk",
    "cinder",
    "fc",
    "gcePersistentDisk",
    "iscsi",
    "photonPersistentDisk",
  ],
  ...["portworxVolume", "rbd", "scaleIO", "storageos", "vsphereVolume"],
];
/** Volumes that all pods of a node, or of all nodes, see. */
const COMMON = ["cephfs", "glusterfs", "hostPath", "nfs", "azureFile", "quobyte"];

/**
 * Refuses volumes that pods of two versions cannot have at the same time, and tells of those that
 * both write to.
 */
export function volumeFindings(web: ManifestObject, objects: readonly ManifestObject[]): Sorted<null> {
  const refusals: Finding[] = [];
  const notes: Finding[] = [];
  objectsIn(templateOf(web).spec["volumes"]).forEach((volume, index) => {
    const title = `volume ${String(volume["name"])}`;
    const disk = DISKS.find((kind) => volume[kind] !== undefined);
    if (disk !== undefined && valueAt(volume, [disk, "readOnly"]) !== true)
      refusals.push(
        told(
          web,
          [...VOLUMES, index, disk],
          `has a ${disk} as ${title}, which one node has at a time, and pods of two versions need it at once`,
          "Keep such data in a service of its own, or on storage that many nodes may write to",
        ),
      );
    const common = COMMON.find((kind) => volume[kind] !== undefined);
    if (common !== undefined && valueAt(volume, [common, "readOnly"]) !== true)
      notes.push(
        told(web, [...VOLUMES, index, common], `has ${title}, to which pods of both versions write`),
      );
    const name = valueAt(volume, ["persistentVolumeClaim", "claimName"]);
    if (typeof name !== "string") return;
    const path = [...VOLUMES, index, "persistentVolumeClaim", "claimName"];
    const claim = objects.find(
      ({ object }) => isKind(object, "PersistentVolumeClaim") && object.metadata.name === name,
    );
    if (!claim)
      notes.push(
        told(
          web,
          path,
          `uses PersistentVolumeClaim/${name}, which no file has: pods of both versions use it at once`,
          "It must be there, and ReadWriteMany",
        ),
      );
    else if (isOfMany(claim))
      notes.push(
        told(web, path, `uses PersistentVolumeClaim/${name}, to which pods of both versions write at once`),
      );
    else refusals.push(ofOneNode(web, path, claim, title));
  });
  return sorted(null, { refusals, notes });
}

const modesOf = ({ object }: ManifestObject): string[] => {
  const modes = isJsonObject(object["spec"]) ? object["spec"]["accessModes"] : undefined;
  return Array.isArray(modes) ? modes.map(String) : [];
};

const isOfMany = (claim: ManifestObject): boolean =>
  modesOf(claim).some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");

function ofOneNode(
  web: ManifestObject,
  path: readonly (string | number)[],
  claim: ManifestObject,
  title: string,
): Finding {
  const { file, line } = claim.sourceOf(["spec", "accessModes"]);
  const modes = modesOf(claim).join(", ") || "no access mode";
  return told(
    web,
    path,
    `has ${titleOf(claim.object)} as ${title}, which is ${modes} (${file}:${line}): one node has it at a time, and pods of two versions need it at once`,
    "Make it ReadWriteMany, use an emptyDir if it holds nothing that is kept, or keep the data in a service of its own",
  );
}
