import type { ContainerStatus, Event, Pod } from "./cluster-objects.ts";
import { sentence } from "./condition-text.ts";

const PULLS_TOLERATED = 1;

const HOPELESS_IMAGE = new Set(["InvalidImageName", "ErrImageNeverPull", "ImageInspectError"]);
const PULL_FAILED = new Set(["ErrImagePull", "ImagePullBackOff", "RegistryUnavailable"]);

/** Why a container's image cannot be pulled without help; undefined as long as it may be. */
export function pullFailure(pod: Pod, status: ContainerStatus, events: readonly Event[]): string | undefined {
  const { name, uid } = pod.metadata;
  const { waiting } = status.state;
  const reason = waiting?.reason ?? "";
  const failed = events.filter(
    (each) => each.involvedObject.uid === uid && each.message?.startsWith("Failed to pull image"),
  );
  const pulls = failed.reduce((sum, { count, series }) => sum + (series?.count ?? count ?? 1), 0);
  if (!HOPELESS_IMAGE.has(reason) && !(PULL_FAILED.has(reason) && pulls > PULLS_TOLERATED)) return undefined;
  const containers = [...pod.spec.initContainers, ...pod.spec.containers];
  const image = containers.find((container) => container.name === status.name)?.image ?? "its image";
  const attempts = pulls > 0 ? ` after ${pulls} attempts` : "";
  return `pod ${name} cannot pull ${image}${attempts}: ${rootCause(failed.at(-1)?.message) ?? sentence(waiting)}`;
}

/**
 * A failed pull is reported as a chain of wrapped errors, each with the image; the cause comes
 * last.
 */
function rootCause(message: string | null | undefined): string | undefined {
  return message?.split(": ").at(-1);
}
