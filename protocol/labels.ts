import { WORKLOADS, type Workload } from "../release/workload.ts";

const APP = "app.kubernetes.io/name";
const WORKLOAD = "zero-downtime/workload";

/** Labels of every object of a release. */
export const appLabels = (app: string) => ({ [APP]: app, "app.kubernetes.io/managed-by": "pulumi" });

/** Labels by which a Service finds the pods of a workload; they never change for a pod. */
export const workloadLabels = (app: string, workload: Workload) => ({ [APP]: app, [WORKLOAD]: workload });

/** Whose pod it is, by its labels; undefined where it belongs to no workload. */
export const workloadLabelled = (labels: Readonly<Record<string, string>>): Workload | undefined =>
  WORKLOADS.find((workload) => labels[WORKLOAD] === workload);

/**
 * Pods of the guard, for what waits until they are gone, and for a NetworkPolicy that lets them in.
 */
export const guardLabels = (app: string) => ({ [APP]: app, "zero-downtime/job": "guard" });
