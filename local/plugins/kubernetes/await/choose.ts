import { annotation, gvkOf } from "../objects/objects.ts";
import { SKIP_AWAIT, WAIT_FOR, isTrue } from "../objects/annotations.ts";
import type { Properties } from "../../protocol/values.ts";
import type { MakeAwaiter } from "./awaiter.ts";
import { awaitDeployment } from "./deployment.ts";
import { awaitJob } from "./job.ts";
import { awaitClaim, awaitPhase } from "./phase.ts";
import { awaitPod } from "./pod.ts";
import { awaitService } from "./service.ts";
import { awaitStatefulSet } from "./stateful-set.ts";
import { awaitConditions, parseWaitFor } from "./wait-for.ts";

/** What an object is waited for by. */
export type Choice =
  | { readonly by: "nothing" }
  | { readonly by: "program"; readonly awaiter: MakeAwaiter }
  | { readonly by: "kind"; readonly awaiter: MakeAwaiter };

const BY_KIND: Readonly<Record<string, MakeAwaiter>> = {
  "apps/v1/Deployment": awaitDeployment,
  "apps/v1/StatefulSet": awaitStatefulSet,
  "batch/v1/Job": awaitJob,
  "v1/PersistentVolume": awaitPhase("v1/PersistentVolume"),
  "v1/Pod": awaitPod,
  "v1/ReplicationController": awaitPhase("v1/ReplicationController"),
  "v1/ResourceQuota": awaitPhase("v1/ResourceQuota"),
  "v1/Secret": awaitPhase("v1/Secret"),
  "v1/Service": awaitService,
};

/**
 * The waiting that belongs to a kind, or undefined for kinds that are ready as soon as they exist.
 */
export function awaiterOfKind(
  object: Properties,
  bindsAtFirstUse: (storageClass: string) => boolean,
): MakeAwaiter | undefined {
  const { group, version, kind } = gvkOf(object);
  const type = `${group === "" ? "" : `${group}/`}${version}/${kind}`;
  return type === "v1/PersistentVolumeClaim" ? awaitClaim(bindsAtFirstUse) : BY_KIND[type];
}

/**
 * A program's own wish (skipAwait, waitFor) goes before what the kind has. Throws when
 * waitFor is malformed.
 */
export function chooseAwaiter(
  inputs: Properties,
  object: Properties,
  bindsAtFirstUse: (storageClass: string) => boolean,
): Choice {
  if (isTrue(inputs, SKIP_AWAIT)) return { by: "nothing" };
  const wanted = annotation(object, WAIT_FOR);
  if (wanted !== "") return { by: "program", awaiter: awaitConditions(parseWaitFor(wanted)) };
  const awaiter = awaiterOfKind(object, bindsAtFirstUse);
  return awaiter === undefined ? { by: "nothing" } : { by: "kind", awaiter };
}
