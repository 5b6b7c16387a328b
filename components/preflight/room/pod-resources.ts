import { z } from "zod";
import { quantity } from "../../../protocol/kubernetes/quantity.ts";

type Amounts = Readonly<Record<string, number>>;

const amounts = z.record(z.string(), z.string()).optional();

const container = z.object({
  name: z.string().default(""),
  /** `Always` makes an init container one that goes on running beside the others. */
  restartPolicy: z.string().optional(),
  resources: z.object({ requests: amounts, limits: amounts }).optional(),
});
type Container = z.infer<typeof container>;

/** The parts of a pod that its resources, and what quotas count it as, follow from. */
export const podShape = z.object({
  spec: z.object({
    containers: z.array(container).default([]),
    initContainers: z.array(container).optional(),
    overhead: amounts,
    priorityClassName: z.string().optional(),
    activeDeadlineSeconds: z.number().optional(),
  }),
});
export type PodShape = z.infer<typeof podShape>;

/** What a pod requests, and what it may use at most, by resource. */
export interface PodResources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** A container's, with the requests that Kubernetes derives from its limits. */
const ofContainer = ({ resources }: Container): PodResources => {
  const limits = numbers(resources?.limits);
  return { limits, requests: { ...limits, ...numbers(resources?.requests) } };
};

/**
 * What the scheduler and quotas count a pod as: all its containers together, or the init container
 * that takes more, each of which runs beside those before it that stay.
 */
export function podResources({ spec }: PodShape): PodResources {
  let staying = NOTHING;
  let most = NOTHING;
  for (const container of spec.initContainers ?? []) {
    const own = ofContainer(container);
    if (container.restartPolicy === "Always") {
      staying = both(staying, own, sum);
      most = both(most, staying, larger);
    } else most = both(most, both(staying, own, sum), larger);
  }
  const running = spec.containers.map(ofContainer).reduce((total, own) => both(total, own, sum), staying);
  const needed = both(running, most, larger);
  const overhead = numbers(spec.overhead);
  const limited = Object.entries(overhead).filter(([resource]) => needed.limits[resource] !== undefined);
  return both(needed, { requests: overhead, limits: Object.fromEntries(limited) }, sum);
}

const NOTHING: PodResources = { requests: {}, limits: {} };

const numbers = (amounts: Readonly<Record<string, string>> = {}): Amounts =>
  Object.fromEntries(Object.entries(amounts).map(([resource, text]) => [resource, quantity(text)]));

type Join = (one: number, other: number) => number;
const sum: Join = (one, other) => one + other;
const larger: Join = Math.max;

const both = (one: PodResources, other: PodResources, join: Join): PodResources => ({
  requests: joined(one.requests, other.requests, join),
  limits: joined(one.limits, other.limits, join),
});

const joined = (one: Amounts, other: Amounts, join: Join): Amounts =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((resource) => [
      resource,
      join(one[resource] ?? 0, other[resource] ?? 0),
    ]),
  );
