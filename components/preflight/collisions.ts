import type { Finding } from "../../manifests/kube-object.ts";
import { OWN_MANAGERS } from "../../protocol/field-managers.ts";
import { ownerOf, type OwnedMetadata } from "./owner.ts";
import { sourceIn, titleOf, type PlannedObject } from "./planned.ts";

/** An object that the stage will write, and what stands under its name in the cluster. */
export interface FoundObject {
  readonly planned: PlannedObject;
  readonly metadata: OwnedMetadata;
}

/** Objects that Kubernetes itself puts into every namespace, for people to complete. */
const OF_EVERY_NAMESPACE: readonly string[] = ["ServiceAccount/default", "ConfigMap/kube-root-ca.crt"];

/** Whether an object stands where the release has to write, and is none of its own. */
export const isStranger = ({ planned, metadata }: FoundObject): boolean =>
  !isOwn(metadata) && !OF_EVERY_NAMESPACE.includes(titleOf(planned));

/**
 * An object that one of this project's programs has written is the release's, also where a killed
 * `up` has left it without a trace in the state.
 */
const isOwn = ({ managedFields }: OwnedMetadata): boolean =>
  managedFields.some(({ manager }) => OWN_MANAGERS.includes(manager));

/**
 * Objects of somebody else under names that the release needs.
 *
 * @param namespace they are in
 */
export function collisionFindings(found: readonly FoundObject[], namespace: string): Finding[] {
  return found.filter(isStranger).map(({ planned, metadata }) => {
    const title = titleOf(planned);
    const { who, first } = ownerOf(metadata);
    const isGoing = metadata.deletionTimestamp !== undefined;
    const before = first === "" ? "" : `${first}, then `;
    const remove = `${before}delete it (kubectl delete ${title} -n ${namespace})`;
    const source = sourceIn(planned, []);
    const rename = source === null ? "choose another app.name" : "give it another name in the file";
    return {
      source,
      text: `${title} is there already in namespace ${namespace}, and belongs to ${who}`,
      advice: isGoing ? "It is being deleted: wait until it is gone" : `${capital(remove)}, or ${rename}`,
    };
  });
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
