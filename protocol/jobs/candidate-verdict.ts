import { z } from "zod";

/** Where a verdict is, and which candidate it must be about. */
export const verdictOf = z.object({
  /** The ConfigMap that holds it. */
  verdict: z.string().min(1),
  /** The candidate's image, and its digest unless an older program made the settings. */
  image: z.string().min(1),
  digest: z.string().min(1).optional(),
});
export type VerdictOf = z.infer<typeof verdictOf>;
