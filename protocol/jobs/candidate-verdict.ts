import { z } from "zod";

/** Where a verdict stands, and the candidate that it has to be about. */
export const verdictOf = z.object({
  /** The ConfigMap that holds it. */
  verdict: z.string().min(1),
  /** The candidate's image. */
  image: z.string().min(1),
});
export type VerdictOf = z.infer<typeof verdictOf>;
