import type { JsonObject } from "../../../release/release.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../../kube-object.ts";
import { containersOf, prepareContainers, type Container, type PodTemplate } from "./containers.ts";
import { inTurn, prepared, type Prepared } from "../told.ts";

/** What config says of a pod's end. */
export interface EndingNeeds {
  readonly preStopSeconds: number;
  readonly longestRequestSeconds: number;
}

/** Kubernetes' own, where a pod states none. */
const DEFAULT_GRACE_SECONDS = 30;

const GRACE = ["spec", "template", "spec", "terminationGracePeriodSeconds"];

/**
 * Has a pod keep serving until every proxy knows of its end, and gives it as much time after that
 * as it would have had.
 */
export function withEnding(
  template: PodTemplate,
  web: ManifestObject,
  needs: EndingNeeds,
): Prepared<PodTemplate> {
  const isSleepAdded = needs.preStopSeconds > 0 && containersOf(template).some(lacksPreStop);
  return inTurn(template, [
    (given) => withSleep(given, needs.preStopSeconds),
    (given) => withGrace(given, web, isSleepAdded ? needs.preStopSeconds : 0, needs.longestRequestSeconds),
  ]);
}

/** Init containers are over by then, and native sidecars end after all others. */
const lacksPreStop = ({ isInit, object }: Container): boolean =>
  !isInit && (valueAt(object, ["lifecycle", "preStop"]) ?? null) === null;

function withSleep(template: PodTemplate, seconds: number): Prepared<PodTemplate> {
  return prepareContainers(template, (container) => {
    const { object, title } = container;
    if (seconds === 0 || !lacksPreStop(container)) return prepared(object);
    const lifecycle = { ...(object["lifecycle"] as JsonObject | undefined), preStop: { sleep: { seconds } } };
    const why = "proxies learn of a pod's end with some delay; until then it keeps serving";
    return prepared(
      { ...object, lifecycle },
      { added: [{ what: `${title}: preStop sleep ${seconds} s`, why }] },
    );
  });
}

function withGrace(
  template: PodTemplate,
  web: ManifestObject,
  added: number,
  longestRequestSeconds: number,
): Prepared<PodTemplate> {
  const waits = containersOf(template).flatMap(waitOf);
  const longest = Math.max(0, ...waits.map(({ seconds }) => seconds));
  const written = template.spec["terminationGracePeriodSeconds"];
  const stated = typeof written === "number" ? written : null;
  const grace =
    stated === null ? Math.max(DEFAULT_GRACE_SECONDS, longest + longestRequestSeconds) : stated + added;
  const what = `grace period ${grace} s in place of ${stated ?? DEFAULT_GRACE_SECONDS} s`;
  const why = "the wait before a pod's end counts as part of it";
  const isSame = grace === (stated ?? DEFAULT_GRACE_SECONDS);
  return prepared(
    isSame ? template : { ...template, spec: { ...template.spec, terminationGracePeriodSeconds: grace } },
    {
      added: isSame ? [] : [{ what, why }],
      refusals:
        stated === 0
          ? [endsAtOnce(web)]
          : waits.filter(({ seconds }) => seconds >= grace).map((wait) => endsTooEarly(web, wait, grace)),
    },
  );
}

/** How long a container waits before its end, where that can be read. */
interface Wait {
  readonly container: Container;
  readonly seconds: number;
}

/** By the field, or by a command as in `["sh", "-c", "sleep 15"]`. */
function waitOf(container: Container): Wait[] {
  const sleep = valueAt(container.object, ["lifecycle", "preStop", "sleep", "seconds"]);
  if (typeof sleep === "number") return [{ container, seconds: sleep }];
  const command = valueAt(container.object, ["lifecycle", "preStop", "exec", "command"]);
  const text = Array.isArray(command) ? command.join(" ") : "";
  const seconds = /\bsleep (\d+)\b/.exec(text)?.[1];
  return seconds === undefined ? [] : [{ container, seconds: Number(seconds) }];
}

const endsAtOnce = (web: ManifestObject): Finding => ({
  source: web.sourceOf(GRACE),
  text: `${titleOf(web.object)} gives a pod no time to end: terminationGracePeriodSeconds is 0, and the requests under way would be lost`,
  advice: "Write how long the longest request takes, or leave it out",
});

const endsTooEarly = (web: ManifestObject, { container, seconds }: Wait, grace: number): Finding => ({
  source: web.sourceOf([...container.path, "lifecycle", "preStop"]),
  text: `${titleOf(web.object)} has ${container.title} wait ${seconds} s before its end, and the grace period of ${grace} s is over by then: the requests under way would be lost`,
  advice: "Write terminationGracePeriodSeconds as that wait and the longest request together",
});
