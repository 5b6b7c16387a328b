import { z } from "zod";

/** Settings of the Job that waits until the cluster has an image. */
export const pullSettings = z.object({
  namespace: z.string().min(1),
  /** A pod of the image whose command does not exist: it can only be pulled. */
  pod: z.string().min(1),
  image: z.string().min(1),
  deadlineSeconds: z.number().positive().max(3600),
});
export type PullSettings = z.infer<typeof pullSettings>;
