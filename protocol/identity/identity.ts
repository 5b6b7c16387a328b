import { z } from "zod";

/** A header of every answer names the colour, as the application finds it in its environment. */
const byHeader = z.object({ by: z.literal("header"), header: z.string().min(1) });

/** An answer's JSON holds the version. */
const byJson = z.object({
  by: z.literal("json"),
  /** Key of the version, with dots between. */
  key: z.string().min(1),
  /** The colour of each version of the release. */
  versions: z.record(z.string(), z.string().min(1)),
});

/**
 * The gateway names the workload in a header of its answers to the probe, for whose requests the
 * route has a rule.
 */
const byEntrance = z.object({
  by: z.literal("entrance"),
  /** Header of the probe's requests. */
  request: z.object({ name: z.string().min(1), value: z.string().min(1) }),
  /** Header of the answers. */
  header: z.string().min(1),
  /** Host of the route on which the gateway is tried, and the header that it has by a rule. */
  trial: z.object({ host: z.string().min(1), header: z.string().min(1) }),
});

/** Answers are not told apart; see `endpoints` in the settings of the probe. */
const byEndpoints = z.object({
  by: z.literal("endpoints"),
  /** Why not by the entrance, as part of a sentence; null: nobody asked for that. */
  because: z.string().min(1).nullable(),
});

/** How the application itself says who it is. */
export const toldByApplication = z.discriminatedUnion("by", [byHeader, byJson]);
export type ToldByApplication = z.infer<typeof toldByApplication>;

/** How the probe knows who answers. */
export const identity = z.discriminatedUnion("by", [byHeader, byJson, byEntrance, byEndpoints]);
export type Identity = z.infer<typeof identity>;

/** Each answer tells who gave it. */
export type ToldByAnswers = Exclude<Identity, { readonly by: "endpoints" }>;
