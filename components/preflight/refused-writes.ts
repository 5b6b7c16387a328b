import type { Finding } from "../../manifests/kube-object.ts";
import type { Unasked } from "./cluster/answer.ts";
import { fieldPath } from "./field-path.ts";
import { sourceIn, titleOf, type PlannedObject } from "./planned.ts";
import { isInconclusive, isWithoutRight, type Trial } from "./cluster/trial.ts";

/** An object that will be written, and what the API server says of it beforehand. */
export interface TriedObject {
  readonly planned: PlannedObject;
  readonly trial: Trial;
}

/** What trials tell. */
export interface TrialFindings {
  readonly refusals: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly unasked: readonly Unasked[];
}

/**
 * What the API server would refuse of these objects, and what it warns of.
 *
 * @param areRightsKnown what the login may not write is then told for all objects together
 */
export function writeFindings(tried: readonly TriedObject[], areRightsKnown = false): TrialFindings {
  const conclusive = tried.filter(
    ({ trial }) => !isInconclusive(trial) && !(areRightsKnown && isWithoutRight(trial)),
  );
  return {
    refusals: conclusive.flatMap(({ planned, trial }) => refused(planned, trial)),
    warnings: conclusive.flatMap(({ planned, trial }) =>
      trial.warnings.filter((warning) => !isOfPodSecurity(warning)).map((text) => warned(planned, text)),
    ),
    unasked: tried
      .filter(({ trial }) => isInconclusive(trial))
      .map(({ planned, trial }) => ({
        what: titleOf(planned),
        why: planned.kind === "Secret" ? `answer ${trial.status}` : trial.message,
        isForbidden: false,
      })),
  };
}

/** Pods are tried themselves: that answer is for certain, and names the container. */
const isOfPodSecurity = (warning: string): boolean => warning.startsWith("would violate PodSecurity");

const warned = (planned: PlannedObject, text: string): Finding => ({
  source: sourceIn(planned, []),
  text: `${titleOf(planned)}: the API server warns that ${text}`,
  advice: "",
});

function refused(planned: PlannedObject, trial: Trial): Finding[] {
  const title = titleOf(planned);
  // A Role, a ServiceAccount, a parent that the stage makes before it.
  if (trial.status < 300 || trial.status === 404) return [];
  if (isWithoutRight(trial))
    return [
      {
        source: null,
        text: `The kubeconfig's login may not write ${title}: ${trial.message}`,
        advice: "Ask whoever runs the cluster for that right in the release's namespace",
      },
    ];
  if (trial.causes.length === 0)
    return [
      {
        source: sourceIn(planned, []),
        text: `The cluster refuses ${title}: ${wordsOf(planned, trial.message)}`,
        advice: "",
      },
    ];
  return trial.causes.map(({ field, message }) => {
    const object = planned.object ?? {};
    return {
      source: sourceIn(planned, fieldPath(field, object)),
      text: `The cluster refuses ${title} for ${field.replace(/^\./, "")}: ${wordsOf(planned, message)}`,
      advice: "",
    };
  });
}

/** The API server repeats values, and those of a Secret must be in no log. */
const wordsOf = ({ kind }: PlannedObject, message: string): string =>
  kind === "Secret"
    ? "its value is not allowed there"
    : message.replace(/^.*unable to convert unstructured object to [^:]*: /, "").replace(/\.$/, "");
