import { z } from "zod";

/** Where a verdict stands, and the candidate that it has to be about. */
export const verdictOf = z.object({
  /** The ConfigMap that holds it. */
  verdict: z.string().min(1),
  /** The candidate's image, and its digest where the program knows one. */
  image: z.string().min(1),
  digest: z.string().min(1).optional(),
});
export type VerdictOf = z.infer<typeof verdictOf>;
