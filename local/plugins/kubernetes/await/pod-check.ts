// Whether a pod is scheduled, initialised and ready, and what hinders it.
import { maps, nameOf, namespaceOf, number, text } from "../objects/objects.ts";
import type { Severity } from "../../protocol/engine.ts";
import { isProperties, type Properties } from "../../protocol/values.ts";

/** A line for people. */
export interface Message {
  readonly severity: Severity;
  readonly text: string;
}

/** How far a pod has come. */
export interface PodCheck {
  readonly ready: boolean;
  /** One line for each condition looked at, up to the first that does not hold. */
  readonly steps: readonly string[];
  readonly messages: readonly Message[];
}

/** Looks at the conditions in their order and stops at the first that does not hold. */
export function checkPod(pod: Properties): PodCheck {
  const name = displayName(pod);
  const steps: string[] = [];
  for (const { type, verb, done } of CONDITIONS) {
    steps.push(`Waiting for Pod "${name}" to be ${verb}`);
    const condition = maps(pod, "status", "conditions").find((entry) => entry["type"] === type);
    if (condition !== undefined && (condition["status"] === "True" || done(pod))) continue;
    const message = condition === undefined ? undefined : problem(type, condition, pod, name);
    return { ready: false, steps, messages: message === undefined ? [] : [message] };
  }
  return { ready: true, steps, messages: [] };
}

/** `namespace/name`, without the namespace when it is `default`. */
export function displayName(object: Properties): string {
  const namespace = namespaceOf(object);
  return namespace === "" || namespace === "default" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

const CONDITIONS = [
  { type: "PodScheduled", verb: "scheduled", done: () => false },
  { type: "Initialized", verb: "initialized", done: () => false },
  { type: "Ready", verb: "ready", done: (pod: Properties) => text(pod, "status", "phase") === "Succeeded" },
];

function problem(type: string, condition: Properties, pod: Properties, name: string): Message | undefined {
  const message = text(condition, "message");
  const explained = text(condition, "reason") !== "" && message !== "" ? message : "";
  if (type === "PodScheduled") return explained === "" ? undefined : { severity: "info", text: explained };
  const containers = maps(pod, "status", "containerStatuses").flatMap(containerProblems).join("\n");
  if (containers === "" && message === "") return undefined;
  return { severity: "warning", text: `[Pod ${name}]: ${explained}${containers}` };
}

function containerProblems(status: Properties): string[] {
  if (status["ready"] === true) return [];
  const { state, lastState } = status;
  return [
    ...waitingProblem(isProperties(state) ? state["waiting"] : undefined),
    ...terminatedProblem(text(status, "name"), isProperties(state) ? state["terminated"] : undefined),
    ...lastTermination(text(status, "name"), isProperties(lastState) ? lastState["terminated"] : undefined),
  ];
}

function waitingProblem(waiting: unknown): string[] {
  if (!isProperties(waiting) || waiting["reason"] === "ContainerCreating") return [];
  return [`[${text(waiting, "reason")}] ${trimmed(text(waiting, "message"))}`];
}

function terminatedProblem(name: string, terminated: unknown): string[] {
  if (!isProperties(terminated) || text(terminated, "reason") === "") return [];
  const message = text(terminated, "message");
  if (message !== "") return [`[${text(terminated, "reason")}] ${trimmed(message)}`];
  return [`container "${name}" completed with exit code ${number(terminated, "exitCode") ?? 0}`];
}

function lastTermination(name: string, terminated: unknown): string[] {
  if (!isProperties(terminated)) return [];
  const reason = text(terminated, "reason");
  const exit = number(terminated, "exitCode") ?? 0;
  const message = text(terminated, "message");
  const line = `container "${name}" terminated at ${text(terminated, "finishedAt")} (${reason}: exit code ${exit})`;
  return message === "" ? [line] : [line, message];
}

function trimmed(message: string): string {
  return message
    .replace(/^rpc error: code = Unknown desc = Error response from daemon: /, "")
    .replace(/: manifest unknown$/, "");
}
