import type { Lasting, Outlook } from "../kubernetes/poll.ts";
import type {
  ContainerStatus,
  Deployment,
  EndpointSlice,
  Event,
  Pod,
} from "../kubernetes/cluster-objects.ts";
import { pullFailure } from "../kubernetes/pull-failure.ts";
import { sentence } from "../kubernetes/condition-text.ts";
import { TEMPLATE_ANNOTATION } from "../../protocol/names.ts";

/** What the cluster shows at one moment. */
export interface Sight {
  /** When it was seen, in milliseconds since the epoch. */
  readonly at: number;
  readonly deployment: Deployment | undefined;
  readonly pods: readonly Pod[];
  /** Where each Service leads that must lead to the pods. */
  readonly leads: readonly Lead[];
  /** Events of pods whose image could not be pulled; empty as long as there are none. */
  readonly events: readonly Event[];
}

/** Where a Service leads. */
export interface Lead {
  readonly service: string;
  readonly slices: readonly EndpointSlice[];
}

export interface Wanted {
  readonly deployment: string;
  readonly replicas: number;
  readonly image: string;
  /** The container that has the image; left out: any of them. */
  readonly container?: string | undefined;
  /** Digest of the template, in the pods' annotation; left out: the image tells. */
  readonly template?: string | undefined;
}

/** The assessment of one observation. */
export interface Opinion extends Outlook {
  readonly readyPods: number;
  /** Of the Service that has fewest. */
  readonly readyEndpoints: number;
}

const CRASHES_TOLERATED = 2;
/** An older crash does not count: a pod that has run for weeks may be unready for a moment. */
const CRASH_COUNTS_FOR_MILLISECONDS = 600_000;
const UNSCHEDULABLE_TOLERATED_MILLISECONDS = 30_000;
/**
 * A Secret or ConfigMap may arrive a moment after the pod, and a quota or an admission rule may be
 * lifted.
 */
const MISCONFIGURED_TOLERATED_MILLISECONDS = 15_000;

const MISCONFIGURED = new Set([
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
  "PreCreateHookError",
]);

/** Judges one observation of the cluster: ready, not yet, or never without help. */
export function judge(wanted: Wanted, sight: Sight, lasting: Lasting): Opinion {
  const alive = sight.pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      pod.status.phase !== "Succeeded" &&
      pod.status.phase !== "Failed",
  );
  const current = alive.filter((pod) => isMeant(pod, wanted));
  const led = sight.leads.map(({ service, slices }) => ({ service, endpoints: countEndpoints(slices) }));
  const counts = {
    readyPods: current.filter(isReady).length,
    readyEndpoints: Math.min(...led.map(({ endpoints }) => endpoints)),
  };
  const others = alive.length - current.length;
  const missing = stillMissing(wanted, sight, current, others, counts.readyPods) ?? notLed(wanted, led);
  const failure =
    firstOf(current.map((pod) => podFailure(pod, sight, lasting))) ??
    deploymentFailure(wanted, sight, missing, lasting);
  if (failure !== undefined) return { state: "failed", why: failure, ...counts };
  if (missing !== undefined) return { state: "waiting", why: missing, ...counts };
  return {
    state: "ready",
    why: `${counts.readyPods} pods of ${wanted.deployment} are ready and ${holds(led)}`,
    ...counts,
  };
}

/** Whether pods are there, or may be, that the Deployment had before its newest form. */
export function hasOlder(wanted: Wanted, { deployment, pods }: Sight): boolean {
  if (deployment === undefined) return false;
  const { observedGeneration, replicas, updatedReplicas } = deployment.status;
  return (
    pods.some((pod) => !isMeant(pod, wanted)) ||
    observedGeneration < deployment.metadata.generation ||
    replicas > updatedReplicas
  );
}

function stillMissing(
  wanted: Wanted,
  { deployment }: Sight,
  current: readonly Pod[],
  others: number,
  readyPods: number,
): string | undefined {
  if (deployment === undefined) return `there is no Deployment ${wanted.deployment}`;
  const { template } = deployment.spec;
  if (!hasImage(template.spec, wanted))
    return `the Deployment ${wanted.deployment} asks for ${thoseMeant(template.spec, wanted).join(", ") || `no container ${wanted.container}`}`;
  if (!isMeant(template, wanted))
    return `the Deployment ${wanted.deployment} asks for other pods of that image`;
  if (deployment.status.observedGeneration < deployment.metadata.generation) {
    return `the Deployment ${wanted.deployment} has not been observed in its newest form`;
  }
  if (others > 0)
    return `${others} pods still have another image${wanted.template === undefined ? "" : ", or another configuration"}`;
  const { replicas, updatedReplicas } = deployment.status;
  if (replicas > updatedReplicas)
    return `${replicas - updatedReplicas} pods are still as the Deployment had them before`;
  if (readyPods < wanted.replicas) {
    const troubles = current.map(trouble).filter((each) => each !== undefined);
    return [`${readyPods} of ${wanted.replicas} pods are ready`, ...troubles].join("; ");
  }
  const available = deployment.status.availableReplicas;
  if (available < wanted.replicas) {
    return `${available} of ${wanted.replicas} pods have been ready for as long as the Deployment demands`;
  }
  return undefined;
}

type Led = readonly { readonly service: string; readonly endpoints: number }[];

function notLed({ replicas }: Wanted, led: Led): string | undefined {
  const short = led.find(({ endpoints }) => endpoints < replicas);
  return short && `the Service ${short.service} holds ${short.endpoints} of ${replicas} ready endpoints`;
}

const holds = (led: Led): string =>
  led.map(({ service, endpoints }) => `the Service ${service} holds ${endpoints} ready endpoints`).join(", ");

function deploymentFailure(
  wanted: Wanted,
  { deployment }: Sight,
  missing: string | undefined,
  lasting: Lasting,
): string | undefined {
  if (deployment === undefined || deployment.status.observedGeneration < deployment.metadata.generation)
    return undefined;
  const refused = deployment.status.conditions.find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  if (refused !== undefined && lasting("replica-failure") >= MISCONFIGURED_TOLERATED_MILLISECONDS) {
    return `the cluster refuses pods of ${wanted.deployment}: ${sentence(refused)}`;
  }
  const stuck = deployment.status.conditions.find(
    ({ type, status }) => type === "Progressing" && status === "False",
  );
  return stuck?.reason === "ProgressDeadlineExceeded"
    ? `${wanted.deployment} makes no progress: ${missing ?? sentence(stuck)}`
    : undefined;
}

function podFailure(pod: Pod, { at, events }: Sight, lasting: Lasting): string | undefined {
  const { name, uid } = pod.metadata;
  const scheduled = pod.status.conditions.find(({ type }) => type === "PodScheduled");
  if (
    scheduled?.status === "False" &&
    lasting(`${uid} unschedulable`) >= UNSCHEDULABLE_TOLERATED_MILLISECONDS
  ) {
    return `pod ${name} cannot be scheduled: ${sentence(scheduled)}`;
  }
  return firstOf(
    containersOf(pod).map(
      (status) =>
        pullFailure(pod, status, events) ??
        startFailure(pod, status, lasting) ??
        crashFailure(pod, status, at),
    ),
  );
}

/** What a container is in its pod. */
function roleOf({ spec }: Pod, { name }: ContainerStatus): "container" | "sidecar" | "init container" {
  const init = spec.initContainers.find((container) => container.name === name);
  if (!init) return "container";
  return init.restartPolicy === "Always" ? "sidecar" : "init container";
}

const titleOf = (pod: Pod, status: ContainerStatus): string => `${roleOf(pod, status)} ${status.name}`;

function startFailure(pod: Pod, status: ContainerStatus, lasting: Lasting): string | undefined {
  const { name, uid } = pod.metadata;
  const { waiting } = status.state;
  if (!MISCONFIGURED.has(waiting?.reason ?? "")) return undefined;
  if (lasting(`${uid} ${status.name} misconfigured`) < MISCONFIGURED_TOLERATED_MILLISECONDS) return undefined;
  return `pod ${name} cannot start ${titleOf(pod, status)}: ${sentence(waiting)}`;
}

function crashFailure(pod: Pod, status: ContainerStatus, at: number): string | undefined {
  if (status.ready) return undefined;
  const ended = status.state.terminated ?? status.lastState.terminated;
  // The restart is counted when the next attempt begins, so one that has ended or waits for the
  // next has one more behind it.
  const crashes = status.restartCount + (status.state.terminated || status.state.waiting ? 1 : 0);
  if (ended === undefined || crashes <= CRASHES_TOLERATED) return undefined;
  if (ended.finishedAt && at - Date.parse(ended.finishedAt) > CRASH_COUNTS_FOR_MILLISECONDS) return undefined;
  const said = ended.message ? `: ${ended.message.trim()}` : "";
  return `${titleOf(pod, status)} of pod ${pod.metadata.name} has ended ${crashes} times, last with exit code ${ended.exitCode} (${ended.reason ?? "no reason"})${said}`;
}

/** What keeps a pod from being ready, if it says so. */
function trouble(pod: Pod): string | undefined {
  const unscheduled = pod.status.conditions.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  const reason = unscheduled?.reason ?? firstOf(containersOf(pod).map((status) => troubleOf(pod, status)));
  return reason === undefined ? undefined : `${pod.metadata.name}: ${reason}`;
}

const containersOf = ({ status }: Pod): ContainerStatus[] => [
  ...status.initContainerStatuses,
  ...status.containerStatuses,
];

/** States of every pod that starts. */
const STARTING: readonly (string | undefined)[] = ["ContainerCreating", "PodInitializing", undefined];

function troubleOf(pod: Pod, status: ContainerStatus): string | undefined {
  const { waiting, running } = status.state;
  if (waiting) return STARTING.includes(waiting.reason) ? undefined : waiting.reason;
  if (!running || status.ready) return undefined;
  if (roleOf(pod, status) === "init container") return `${titleOf(pod, status)} has not ended yet`;
  // In a pod of several, people have to know whose probe fails.
  return containersOf(pod).length > 1 ? `${titleOf(pod, status)} is not ready` : undefined;
}

/** Whether a pod can serve. */
export function isReady(pod: Pod): boolean {
  return pod.status.conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

interface Containers {
  readonly containers: readonly { readonly name: string; readonly image: string }[];
}

interface Made {
  readonly metadata?:
    { readonly annotations?: Readonly<Record<string, string>> | null | undefined } | null | undefined;
  readonly spec: Containers;
}

/** Whether a pod, or what one is made from, is what is wanted: two may well have the same image. */
const isMeant = ({ metadata, spec }: Made, wanted: Wanted): boolean =>
  hasImage(spec, wanted) &&
  (wanted.template === undefined || metadata?.annotations?.[TEMPLATE_ANNOTATION] === wanted.template);

/** Whether a pod, or what one is made from, has the image where it is wanted. */
const hasImage = (spec: Containers, wanted: Pick<Wanted, "container" | "image">): boolean =>
  thoseMeant(spec, wanted).includes(wanted.image);

const thoseMeant = ({ containers }: Containers, { container }: Pick<Wanted, "container">): string[] =>
  containers.filter(({ name }) => container === undefined || name === container).map(({ image }) => image);

/** A Service of two address families has slices of both, each naming every pod. */
function countEndpoints(slices: readonly EndpointSlice[]): number {
  const byFamily = new Map<string, Set<string>>();
  for (const { addressType, endpoints } of slices) {
    const known = byFamily.get(addressType) ?? new Set();
    byFamily.set(addressType, known);
    for (const { addresses, conditions } of endpoints) {
      if (conditions.ready !== false) known.add(addresses.join());
    }
  }
  return Math.max(0, ...Array.from(byFamily.values(), (known) => known.size));
}

function firstOf(each: readonly (string | undefined)[]): string | undefined {
  return each.find((one) => one !== undefined);
}
