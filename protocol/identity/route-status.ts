import { z } from "zod";

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(""),
  message: z.string().default(""),
  observedGeneration: z.number().default(0),
});
type Condition = z.infer<typeof condition>;

const parent = z.object({
  parentRef: z.object({ name: z.string() }),
  conditions: z.array(condition).default([]),
});

/** What the gateways say of an HTTPRoute, as the API server returns it. */
export const routeStatus = z.object({
  metadata: z.object({ name: z.string(), generation: z.number().default(0) }),
  status: z.object({ parents: z.array(parent).default([]) }).default({ parents: [] }),
});
export type RouteStatus = z.infer<typeof routeStatus>;

/**
 * What the gateways say against a route as it stands now, as part of a sentence; null where at
 * least one has accepted it, with all that it refers to. What they said of an earlier form of it
 * counts for nothing.
 */
export function routeProblem({
  metadata: { name, generation },
  status: { parents },
}: RouteStatus): string | null {
  const said = parents.map(({ parentRef, conditions }) => ({
    gateway: parentRef.name,
    ...ofNow(conditions, generation),
  }));
  const takers = said.filter(({ accepted }) => accepted?.status === "True");
  if (takers.length === 0) {
    const [refusing] = said.filter(({ accepted }) => accepted !== undefined);
    return refusing?.accepted
      ? `the Gateway ${refusing.gateway} does not accept the HTTPRoute ${name}: ${sentence(refusing.accepted)}`
      : `no Gateway has said whether it accepts the HTTPRoute ${name} as it is now`;
  }
  const broken = takers.find(
    ({ resolved, partly }) => resolved?.status !== "True" || partly?.status === "True",
  );
  if (!broken) return null;
  const { gateway, resolved, partly } = broken;
  if (resolved?.status === "True" && partly)
    return `the Gateway ${gateway} leaves out a part of the HTTPRoute ${name}: ${sentence(partly)}`;
  return resolved
    ? `the Gateway ${gateway} does not find all that the HTTPRoute ${name} refers to: ${sentence(resolved)}`
    : `the Gateway ${gateway} has not said whether it finds all that the HTTPRoute ${name} refers to`;
}

/** The conditions that are about the newest form. */
function ofNow(conditions: readonly Condition[], generation: number) {
  const of = (name: string) =>
    conditions.find(({ type, observedGeneration }) => type === name && observedGeneration >= generation);
  return { accepted: of("Accepted"), resolved: of("ResolvedRefs"), partly: of("PartiallyInvalid") };
}

const sentence = ({ reason, message }: Condition): string =>
  [reason, message.replace(/[.\s]+$/, "")].filter(Boolean).join(": ") || "no reason given";
