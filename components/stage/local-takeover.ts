import type { SettingsFor } from "../../protocol/jobs/programs.ts";
import { ofWorkload } from "../../protocol/labels.ts";
import { isMoving, type Slot } from "../../release/release.ts";
import { watchedIn } from "../../release/verdict.ts";
import { workloadOf } from "../../release/workload.ts";
import type { StageContext } from "./stage-context.ts";

/**
 * What `ready` must see of the nodes where a version takes over a Service which goes to pods of the
 * same node alone; nothing elsewhere. A way back waits for none of it.
 */
export function localTakeover(
  { release, plan, versionOf }: Pick<StageContext, "release" | "plan" | "versionOf">,
  slot: Slot,
): Pick<SettingsFor<"ready">, "takesOver"> {
  const isSwitch = plan.direction === "forward" && watchedIn(release) === "switch";
  if (!isSwitch || !isMoving(release) || slot !== release.to) return {};
  const local = versionOf(slot).entrances.objects.find(
    ({ kind, spec }) => kind === "Service" && spec["externalTrafficPolicy"] === "Local",
  );
  if (!local) return {};
  const { selector } = versionOf(release.from).web;
  const labels = ofWorkload(selector, workloadOf(release, release.from));
  return { takesOver: { service: local.name, labels } };
}
