import { WORKLOADS, type Workload } from "../release/workload.ts";

const APP = "app.kubernetes.io/name";
const OWN_APP = "zero-downtime/app";
const WORKLOAD = "zero-downtime/workload";
const JOB = "zero-downtime/job";

/**
 * Who describes the application: config (`app`), or its manifests. What the latter label is found
 * by their own NetworkPolicies and monitors, so our objects carry none of their labels.
 */
export type Form = "simple" | "manifests";

/** The label by which everything of a release is found. */
export const appLabel = (app: string, form: Form): Readonly<Record<string, string>> => ({
  [form === "simple" ? APP : OWN_APP]: app,
});

/** Labels of every object of a release. */
export const appLabels = (app: string, form: Form = "simple") => ({
  ...appLabel(app, form),
  "app.kubernetes.io/managed-by": "pulumi",
});

/** A selector of these labels, as a query of the Kubernetes API takes it: `app=shop,tier=web`. */
export const selectorText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

/**
 * Selectors, as a query of the Kubernetes API takes them, that together find every pod of a
 * release: those of its form, and pods that were started while the application had the other one.
 */
export function podSelectors(app: string, form: Form): string[] {
  const text = (one: Form) => selectorText(appLabel(app, one));
  return [text(form), `${text(form === "simple" ? "manifests" : "simple")},${WORKLOAD}`];
}

/** Selects, of the pods that a selector finds, those of a workload; it never changes for a pod. */
export const ofWorkload = (selector: Readonly<Record<string, string>>, workload: Workload) => ({
  ...selector,
  [WORKLOAD]: workload,
});

/** Selects the pods of every workload, of whichever release. */
export const RELEASED_PODS = WORKLOAD;

/** The workload of a pod, by its labels; undefined where it belongs to none. */
export const workloadLabelled = (labels: Readonly<Record<string, string>>): Workload | undefined =>
  WORKLOADS.find((workload) => labels[WORKLOAD] === workload);

/**
 * Labels of the guard's pods: for whoever waits until they are gone, and for a NetworkPolicy that
 * admits them.
 */
export const guardLabels = (app: string, form: Form = "simple") => ({
  ...appLabel(app, form),
  [JOB]: "guard",
});

/** Whether a pod is the guard's, by its labels. */
export const isGuard = (labels: Readonly<Record<string, string>>): boolean => labels[JOB] === "guard";

/** Whether an object is of an application that manifests describe, by its labels. */
export const isOfManifests = (labels: Readonly<Record<string, string>>): boolean => OWN_APP in labels;
