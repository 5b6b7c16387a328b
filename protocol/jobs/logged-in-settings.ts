import { z } from "zod";

/**
 * Settings of the Job that looks whether a candidate's pods log in to the database as their colour.
 * PGHOST, PGPORT, PGDATABASE and PGSSLMODE say where that is, and DATABASE_PASSWORD_CANDIDATE has
 * the login's password: the Job sees the sessions of its own login.
 */
export const loggedInSettings = z.object({
  namespace: z.string().min(1),
  /** Labels of the candidate's pods. */
  labels: z.record(z.string(), z.string()),
  /** The candidate, for people: `2.0.0 (green)`. */
  candidate: z.string().min(1),
  /** The login that its pods were given. */
  login: z.string().min(1),
  /** Logins that are the release's own, and so none that the candidate may have gone on with. */
  others: z.array(z.string()),
  /** Where the candidate answers requests, and what is asked: some pools open only then. */
  url: z.url(),
  paths: z.array(z.string().startsWith("/")).min(1),
  /** How many requests are under way at the same time. */
  concurrency: z.int().min(1).max(256),
  /** How long it looks. */
  deadlineSeconds: z.number().positive().max(3600),
});
export type LoggedInSettings = z.infer<typeof loggedInSettings>;
