import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { resourceTypeOf } from "../../protocol/kubernetes/object-kind.ts";
import { backendFor, TRAFFIC_MODES } from "../../protocol/traffic/backends.ts";
import { isEntranceResource } from "../../protocol/traffic/entrance.ts";
import type { ShownTask } from "../moves/step-titles.ts";

/** What an event of the engine means for a task of a stage. */
export interface TaskNews {
  /** Name of the task's resource. */
  readonly resource: string;
  readonly state: "begun" | "done" | "failed";
}

/**
 * Kinds of resources that tasks are made as; components and their other children only frame them.
 */
const TASK_TYPES: readonly string[] = [
  "kubernetes:apps/v1:Deployment",
  "kubernetes:batch/v1:Job",
  "pulumi:index:Stash",
  ...TRAFFIC_MODES.map((mode) => resourceTypeOf(backendFor(mode).object)),
];

/** What an event says about the tasks of a stage; null where it says nothing about any. */
export function newsOf(event: EngineEvent, tasks: readonly ShownTask[]): TaskNews | null {
  const [metadata, state] = event.resourcePreEvent
    ? [event.resourcePreEvent.metadata, "begun" as const]
    : event.resOutputsEvent
      ? [event.resOutputsEvent.metadata, "done" as const]
      : event.resOpFailedEvent
        ? [event.resOpFailedEvent.metadata, "failed" as const]
        : [null, null];
  if (!metadata || !TASK_TYPES.includes(metadata.type)) return null;
  // A replaced Job is first deleted; what counts is the new one.
  if (metadata.op === "delete" || metadata.op === "delete-replaced" || metadata.op === "replace") return null;
  const resource = taskResource(metadata.urn.split("::").at(-1) ?? "");
  return tasks.some((task) => task.resource === resource) ? { resource, state } : null;
}

/**
 * The resource of a task, from that of an object. Of several entrances the first one written
 * counts, which is where users come in.
 */
const taskResource = (name: string): string => (isEntranceResource(name, "traffic") ? "traffic" : name);
