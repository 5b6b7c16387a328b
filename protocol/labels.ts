import { WORKLOADS, type Workload } from "../release/workload.ts";

const APP = "app.kubernetes.io/name";
const WORKLOAD = "zero-downtime/workload";

/** Labels of every object of a release. */
export const appLabels = (app: string) => ({ [APP]: app, "app.kubernetes.io/managed-by": "pulumi" });

/** Labels by which a Service selects the pods of a workload; they never change for a pod. */
export const workloadLabels = (app: string, workload: Workload) => ({ [APP]: app, [WORKLOAD]: workload });

/** The workload of a pod, by its labels; undefined where it belongs to none. */
export const workloadLabelled = (labels: Readonly<Record<string, string>>): Workload | undefined =>
  WORKLOADS.find((workload) => labels[WORKLOAD] === workload);

/**
 * Labels of the guard's pods: for whoever waits until they are gone, and for a NetworkPolicy that
 * admits them.
 */
export const guardLabels = (app: string) => ({ [APP]: app, "zero-downtime/job": "guard" });
